#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { RealtimeError } from '../protocol';
import { dev, type DevOptions, DYNAMODB_ENGINES } from './commands/dev';
import { drain, type DrainOptions } from './commands/drain';
import { type EpochOptions, newEpoch } from './commands/epoch';
import { report, USAGE } from './errors';
import { version } from './files';
import { plan, type PlanOptions } from './commands/plan';
import { publish, type PublishOptions } from './commands/publish';
import { returnRegion, type ReturnOptions } from './commands/return';
import { setSwitch, switchesHelp } from './commands/switch';
import { tail, type TailOptions } from './commands/tail';
import { token, type TokenOptions } from './commands/token';

const program = new Command('cdk-realtime')
  .description('Runs a realtime backend on this machine, and operates it in your own AWS account')
  .version(version())
  .exitOverride()
  .showHelpAfterError(false)
  .configureOutput({ writeErr: () => undefined });

const json = (): Option => new Option('--json', 'print JSON').default(false);
const url = (): Option =>
  new Option('--url <url>', 'WebSocket address of a network').default(undefined, 'the local cloud of this folder');
const tokenOption = (): Option =>
  new Option('--token <token>', 'the token to connect with').default(undefined, 'one that allows everything');

const NETWORK = 'name of a network in AWS, with --regions or --assembly (default: the local cloud of this folder)';
const REGIONS = 'regions of the network, separated by commas';
const CHANNELS_TABLE = "name of the Channels table, if the network does not own it (default: the network's own table)";
const ASSEMBLY = 'cloud assembly, such as cdk.out, to read the name and the regions from';

program
  .command('dev')
  .description('Runs a synthesized app on this machine, with a chat page.')
  .option('--app <command>', 'command of the CDK app, to synthesize it first')
  .option('--assembly <folder>', 'cloud assembly to run', 'cdk.out')
  .option('--port <port>', 'port of the page; regions get the next ports; 0 picks free ports', port, 4100)
  .option('--data <folder>', 'folder that keeps tables and secrets between starts (default: in memory)')
  .option('--speed <factor>', 'factor by which time passes faster for idle limits, queues and expiry', positive, 1)
  .addOption(
    new Option('--dynamodb <engine>', 'storage of tables: dynalite (built in), or the DynamoDB Local jar (needs Java)')
      .choices(Object.keys(DYNAMODB_ENGINES))
      .default('dynalite'),
  )
  .option('--verbose', 'print the logs of functions and APIs', false)
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
  .description('Prints the deploys that add or remove regions. Changes nothing.')
  .option('--assembly <folder>', 'cloud assembly of the app with the new regions', 'cdk.out')
  .option('--network <name>', 'name of the network, if the assembly has several')
  .option('--from <regions>', 'deployed regions separated by commas, or none (default: read from its tables in AWS)')
  .addOption(json())
  .addHelpText('after', '\nExample:\n  npx cdk synth --quiet && cdk-realtime plan --from eu-west-1,us-east-1\n')
  .action((options: PlanOptions) => plan(options));

program
  .command('publish <channel> <data>')
  .description('Publishes JSON or text. With -, publishes each line of standard input.')
  .addOption(url())
  .addOption(tokenOption())
  .option('--id <id>', 'message id')
  .option('--retry', 'store the message only if none of the last 200 messages has its --id', false)
  .addOption(json())
  .addHelpText(
    'after',
    '\nExamples:\n  cdk-realtime publish chat:lobby \'{"text":"hello"}\'\n  seq 10 | cdk-realtime publish chat:lobby -\n',
  )
  .action((channel: string, data: string, options: PublishOptions) => publish(channel, data, options));

program
  .command('tail <channel>')
  .description('Prints the messages of a channel as they arrive. At the end, prints the cursor to continue from.')
  .addOption(url())
  .addOption(tokenOption())
  .option('--cursor <cursor>', 'cursor to resume from (default: new messages only)')
  .option('--count <n>', 'number of messages after which to stop', count)
  .addOption(json())
  .addHelpText('after', '\nExample:\n  cdk-realtime tail chat:lobby --count 1\n')
  .action((channel: string, options: TailOptions) => tail(channel, options));

program
  .command('token')
  .description('Prints a token.')
  .option('--client <name>', 'client id', 'dev')
  .option('--allow <pattern=actions...>', 'capabilities, such as chat:*=subscribe,publish,history', [])
  .option('--expires <duration>', 'lifetime of the token: 30s, 5m, 1h, 1d', '1h')
  .option('--secret-id <arn>', 'secret of AWS Secrets Manager to sign with (default: that of the local cloud)')
  .option('--region <region>', 'region of the secret (default: that of its ARN, or AWS_REGION)')
  .addOption(json())
  .addHelpText(
    'after',
    "\nExample:\n  cdk-realtime token --client ada --allow 'chat:*=subscribe,publish' --expires 5m\n",
  )
  .action((options: TokenOptions) => token(options));

program
  .command('drain <region>')
  .description('Takes a region out of service. New connections go to other regions, and existing ones move there.')
  .option('--network <name>', NETWORK)
  .option('--regions <regions>', REGIONS)
  .option('--channels-table <name>', CHANNELS_TABLE)
  .option('--assembly <folder>', ASSEMBLY)
  .option('--via <region>', 'region to write the drain mark in (default: any other region that answers)')
  .option(
    '--within <duration>',
    'time in which connections move: 30s, 5m (default: what the connect quota of the other regions allows)',
  )
  .option('--once', 'stop after one pass', false)
  .option('--yes', 'do not ask for confirmation', false)
  .addOption(json())
  .addHelpText(
    'after',
    '\nRepeats until the region is empty, because clients connect to it until DNS has changed. Ctrl-C stops the command; the region stays\n' +
      'drained. Without a domain, new connections are not redirected, and the command stops after one pass.\n' +
      '\nExamples:\n  cdk-realtime drain eu-west-1\n' +
      '  cdk-realtime drain eu-west-1 --network chat --regions eu-west-1,us-east-1 --yes\n',
  )
  .action((region: string, options: DrainOptions) => drain(region, options));

program
  .command('return <region>')
  .description('Returns a drained region to service.')
  .option('--network <name>', NETWORK)
  .option('--regions <regions>', REGIONS)
  .option('--channels-table <name>', CHANNELS_TABLE)
  .option('--assembly <folder>', ASSEMBLY)
  .option(
    '--via <region>',
    'region to write the change in (default: any other region that answers, or else the region)',
  )
  .addOption(json())
  .addHelpText('after', '\nExample:\n  cdk-realtime return eu-west-1\n')
  .action((region: string, options: ReturnOptions) => returnRegion(region, options));

program
  .command('epoch')
  .description('Manages the epochs of logs. After a restore of the Messages table, every log needs a new one.')
  .command('new')
  .description('Opens a new epoch in logs, so that every client learns that messages may be missing.')
  .option('--channel <channels...>', 'channels whose logs get a new epoch')
  .option('--all', 'all logs of the table', false)
  .option('--network <name>', NETWORK)
  .option('--regions <regions>', REGIONS)
  .option(
    '--messages-table <name>',
    "name of the Messages table, such as one that was restored (default: the network's)",
  )
  .option('--assembly <folder>', ASSEMBLY)
  .option('--dry-run', 'count the logs, and change nothing', false)
  .option('--yes', 'do not ask for confirmation', false)
  .addOption(json())
  .addHelpText(
    'after',
    '\nNo function may write to the table meanwhile: docs/guide/restore.md has all steps of a restore. --all reads the whole\n' +
      'table once in each region. Running it again is safe.\n' +
      '\nExamples:\n  cdk-realtime epoch new --all --network chat --regions eu-west-1,us-east-1 --messages-table chat-messages-2\n' +
      '  cdk-realtime epoch new --channel chat:lobby\n',
  )
  .action((options: EpochOptions) => newEpoch(options));

program
  .command('switch <switch> [fields...]')
  .description('Injects a fault into the running local cloud, or removes it.')
  .addOption(json())
  .addHelpText('after', switchesHelp)
  .action((name: string, fields: string[], options: { json: boolean }) => setSwitch(name, fields, options));

for (const command of program.commands.flatMap((one) => [one, ...one.commands]))
  command.exitOverride().configureOutput({ writeErr: () => undefined });

/** The maximum leaves ports for regions, which get the next ones. */
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
    // Commander reports help and version as errors with exit code 0.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') {
      process.stderr.write(program.helpInformation());
      return USAGE;
    }
    return report(new RealtimeError('cli_usage', error.message.replace(/^error: /, '')), wantsJson);
  }
}

// A reader of the output may close the pipe, as `| head -1` does.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  process.exit(code === 'EPIPE' ? 0 : 1);
});

void main().then((code) => {
  process.exitCode = code;
  // Sockets and timers of a closing client must not delay the end of the command.
  if (code !== 0) process.exit(code);
});
