#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { RealtimeError } from '../protocol';
import { dev, type DevOptions, DYNAMODB_ENGINES } from './commands/dev';
import { drain, type DrainOptions } from './commands/drain';
import { report, USAGE } from './errors';
import { version } from './files';
import { plan, type PlanOptions } from './commands/plan';
import { publish, type PublishOptions } from './commands/publish';
import { bringBack, type ReturnOptions } from './commands/return';
import { flip, switchesHelp } from './commands/switch';
import { tail, type TailOptions } from './commands/tail';
import { token, type TokenOptions } from './commands/token';

const program = new Command('cdk-realtime')
  .description('A realtime backend in your own AWS account: run it on this machine, and talk to it')
  .version(version())
  .exitOverride()
  .showHelpAfterError(false)
  .configureOutput({ writeErr: () => undefined });

const json = (): Option => new Option('--json', 'print JSON, for a program').default(false);
const url = (): Option =>
  new Option('--url <url>', 'WebSocket address of a network').default(undefined, 'the local cloud of this folder');
const tokenOption = (): Option =>
  new Option('--token <token>', 'the token to connect with').default(undefined, 'one that allows everything');

const NETWORK = 'a network in AWS, with --regions or --assembly (otherwise that of the local cloud of this folder)';
const REGIONS = 'its regions, with commas';
const CHANNELS_TABLE = "its table of channels, when that was brought along (otherwise the network's own)";
const ASSEMBLY = 'take its name and regions from a cloud assembly, such as cdk.out';

program
  .command('dev')
  .description('run a synthesized app on this machine, with a page where two browsers can talk')
  .option('--app <command>', 'synthesize first, with this command')
  .option('--assembly <folder>', 'the cloud assembly to run', 'cdk.out')
  .option('--port <port>', 'port of the page; regions get those that follow; 0 for any', port, 4100)
  .option('--data <folder>', 'keep tables and secrets there between starts (otherwise in memory)')
  .option('--speed <factor>', 'let time pass faster for idle limits, queues and expiry', positive, 1)
  .addOption(
    new Option('--dynamodb <engine>', 'what stores tables: built in, or the DynamoDB Local jar (needs Java)')
      .choices(Object.keys(DYNAMODB_ENGINES))
      .default('dynalite'),
  )
  .option('--verbose', 'print what functions and APIs log', false)
  .addOption(json())
  .addHelpText(
    'after',
    '\nPrints, for each region, the endpoint of the AWS APIs, every WebSocket and HTTP API, and the stack outputs.\n' +
      'The AWS SDK finds them too: CloudFormation DescribeStacks, ListStackResources, and ListExports; Lambda ListFunctions\n' +
      'and GetFunction.\n' +
      '\nWith --json, prints one line when everything runs:\n' +
      '  endpoints  { region: url }                      values for AWS_ENDPOINT_URL\n' +
      '  stacks     [{ name, region, outputs }]          outputs: { name: value }\n' +
      '  apis       [{ region, stack, id, name, kind, stage, url }]\n' +
      '             one entry for each stage; kind is WEBSOCKET or HTTP\n' +
      '  regions    [{ region, ws, http, aws }]          one entry for each RealtimeApi\n' +
      '  page, token, names                              the chat page, a token, and custom domain names\n' +
      '\nExamples:\n  cdk-realtime dev\n  cdk-realtime dev --app "npx tsx bin/app.ts" --data .data\n',
  )
  .action((options: DevOptions) => dev(options));

program
  .command('plan')
  .description(
    'tell the steps from the regions that a network has to those that the app wants, one a deploy; does none',
  )
  .option('--assembly <folder>', 'the cloud assembly of the app as it is to be', 'cdk.out')
  .option('--network <name>', 'which one, where the assembly has several')
  .option('--from <regions>', 'regions that it has, with commas, or none (otherwise its tables in AWS are asked)')
  .addOption(json())
  .addHelpText('after', '\nExample:\n  npx cdk synth --quiet && cdk-realtime plan --from eu-west-1,us-east-1\n')
  .action((options: PlanOptions) => plan(options));

program
  .command('publish <channel> <data>')
  .description('publish a message; data is JSON or a text, - reads lines from standard input')
  .addOption(url())
  .addOption(tokenOption())
  .option('--id <id>', 'message id, to publish it again with --retry')
  .option('--retry', 'it may have been published before with this --id: look for it first, among the last 200', false)
  .addOption(json())
  .addHelpText(
    'after',
    '\nExamples:\n  cdk-realtime publish chat:lobby \'{"text":"hello"}\'\n  seq 10 | cdk-realtime publish chat:lobby -\n',
  )
  .action((channel: string, data: string, options: PublishOptions) => publish(channel, data, options));

program
  .command('tail <channel>')
  .description("print a channel's messages as they come; at the end, the cursor to go on from")
  .addOption(url())
  .addOption(tokenOption())
  .option('--cursor <cursor>', 'resume there (otherwise from now)')
  .option('--count <n>', 'end after so many messages', count)
  .addOption(json())
  .addHelpText('after', '\nExample:\n  cdk-realtime tail chat:lobby --count 1\n')
  .action((channel: string, options: TailOptions) => tail(channel, options));

program
  .command('token')
  .description('make a token')
  .option('--client <name>', 'who the bearer is', 'dev')
  .option('--allow <pattern=actions...>', 'what it allows, such as chat:*=subscribe,publish,history', [])
  .option('--expires <duration>', 'how long it is good for: 30s, 5m, 1h, 1d', '1h')
  .option('--secret-id <arn>', 'sign with this secret of AWS Secrets Manager (otherwise that of the local cloud)')
  .option('--region <region>', 'region of the secret (otherwise that of its ARN, or AWS_REGION)')
  .addOption(json())
  .addHelpText(
    'after',
    "\nExample:\n  cdk-realtime token --client ada --allow 'chat:*=subscribe,publish' --expires 5m\n",
  )
  .action((options: TokenOptions) => token(options));

program
  .command('drain <region>')
  .description('take a region out of service: new connections go to the others, and those that it has move there')
  .option('--network <name>', NETWORK)
  .option('--regions <regions>', REGIONS)
  .option('--channels-table <name>', CHANNELS_TABLE)
  .option('--assembly <folder>', ASSEMBLY)
  .option('--via <region>', 'write the mark in this region (otherwise any other that answers)')
  .option(
    '--within <duration>',
    'in how much time they move: 30s, 5m (otherwise what the connect quota of the others allows)',
  )
  .option('--once', 'do not wait for those that connect before DNS has changed, to tell them as well', false)
  .option('--yes', 'do not ask', false)
  .addOption(json())
  .addHelpText(
    'after',
    '\nConnections are told again, some minutes apart, until there are none. Ctrl-C ends that; the region stays drained.\n' +
      'Without a domain nothing leads new connections elsewhere: they are told once.\n' +
      '\nExamples:\n  cdk-realtime drain eu-west-1\n' +
      '  cdk-realtime drain eu-west-1 --network chat --regions eu-west-1,us-east-1 --yes\n',
  )
  .action((region: string, options: DrainOptions) => drain(region, options));

program
  .command('return <region>')
  .description('take a drained region back into service')
  .option('--network <name>', NETWORK)
  .option('--regions <regions>', REGIONS)
  .option('--channels-table <name>', CHANNELS_TABLE)
  .option('--assembly <folder>', ASSEMBLY)
  .option('--via <region>', 'write it in this region (otherwise any other that answers, or else itself)')
  .addOption(json())
  .addHelpText('after', '\nExample:\n  cdk-realtime return eu-west-1\n')
  .action((region: string, options: ReturnOptions) => bringBack(region, options));

program
  .command('switch <switch> [fields...]')
  .description('break something in the running local cloud, or mend it')
  .addOption(json())
  .addHelpText('after', switchesHelp)
  .action((name: string, fields: string[], options: { json: boolean }) => flip(name, fields, options));

for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });

/** Room is left above it: regions get the ports that follow. */
function port(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_500)
    throw new InvalidArgumentError('It must be a whole number from 0 to 65500.');
  return Number(value);
}

function count(value: string): number {
  if (!/^\d{1,9}$/.test(value) || Number(value) < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(value);
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError('It must be a number above 0.');
  return number;
}

async function main(): Promise<number> {
  const wantsJson = process.argv.includes('--json');
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, wantsJson);
    // Help and version end the same way as errors, with exit code 0.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') {
      process.stderr.write(program.helpInformation());
      return USAGE;
    }
    return report(new RealtimeError('cli_usage', error.message.replace(/^error: /, '')), wantsJson);
  }
}

// Whoever reads our output may have had enough, as `| head -1` does.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  process.exit(code === 'EPIPE' ? 0 : 1);
});

void main().then((code) => {
  process.exitCode = code;
  // Sockets and timers of a client that is being closed must not hold the command up.
  if (code !== 0) process.exit(code);
});
