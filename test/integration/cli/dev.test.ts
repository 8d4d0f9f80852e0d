// `dev`: errors at the start, output, and end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Namespace, RealtimeApi } from '../../../lib';
import { exampleAssembly, synthesize } from '../../support/templates/assembly';
import { builtCli } from '../../support/built';
import { emptyFolder, errorOf, run, RunningCommand, startDev } from '../../support/local/cli';
import { until } from '../../support/until';

let assembly: string;
beforeAll(() => {
  builtCli();
  assembly = exampleAssembly();
}, 60_000);

const isFree = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => false,
    () => true,
  );

function inlineFunction(stack: Stack): LambdaFunction {
  return new LambdaFunction(stack, 'Handler', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline("exports.handler = async () => ({ statusCode: 200, body: 'hello' });"),
  });
}

describe('dev does not start', () => {
  test('given no assembly, then the error is 60001 with the command to run', async () => {
    const result = await run(['dev', '--json']);
    expect(result.code).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 60_001, message: expect.stringContaining('npx cdk synth') });
  });

  test.each([
    ['not JSON', '{'],
    ['not a manifest of the CDK', '[]'],
    ['of a newer schema', '{"version":"999.0.0","artifacts":{}}'],
  ])('given a manifest that is %s, then the error is 60002 with the file', async (_, manifest) => {
    const folder = emptyFolder();
    mkdirSync(path.join(folder, 'cdk.out'));
    writeFileSync(path.join(folder, 'cdk.out', 'manifest.json'), manifest);
    const result = await run(['dev', '--json'], { folder });
    expect(errorOf(result)).toMatchObject({ code: 60_002, message: expect.stringContaining('manifest.json') });
  });

  test('when the app fails, then the error is 60003, and its output is printed', async () => {
    const folder = emptyFolder();
    symlinkSync(path.join(__dirname, '..', '..', '..', 'node_modules'), path.join(folder, 'node_modules'));
    writeFileSync(path.join(folder, 'app.cjs'), 'console.error("my stack has no name"); process.exit(3);');
    const result = await run(['dev', '--app', 'node app.cjs', '--json'], { folder });
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(result.stderr).toContain('my stack has no name');
    expect(errorOf(result)).toMatchObject({ code: 60_003, message: expect.stringContaining('node app.cjs') });
  });

  test('given no CDK, then the error is 60003 with the package to install', async () => {
    const result = await run(['dev', '--app', 'node app.cjs', '--json']);
    expect(errorOf(result)).toMatchObject({ code: 60_003, message: expect.stringContaining('npm install') });
  });

  describe('given a port in use, then the error is 60004', () => {
    let server: Server;
    let taken: number;
    beforeAll(async () => {
      server = createServer();
      // Low enough for --port, whatever the system picks.
      for (taken = 40_000 + (process.pid % 10_000); ; taken++) {
        const isOurs = await new Promise<boolean>((resolve) => {
          server.once('error', () => resolve(false)).listen(taken, '127.0.0.1', () => resolve(true));
        });
        if (isOurs) break;
      }
    });
    afterAll(() => server.close());

    test.each([
      ['of the page', 0],
      ['of a region', -1],
    ])('for the port %s', async (_, offset) => {
      const port = (server.address() as AddressInfo).port + offset;
      const result = await run(['dev', '--assembly', assembly, '--port', String(port), '--json']);
      expect(result.code).toBe(1);
      expect(errorOf(result)).toMatchObject({ code: 60_004, message: expect.stringContaining(String(taken)) });
    });
  });
});

describe('runs', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('until %s: exit code 0, ports free, no process left', async (signal) => {
    const dev = await startDev(assembly);
    const { page, regions, token, stacks } = dev.ready;
    const outputCalled = (name: string): string =>
      Object.keys(stacks[0]?.outputs ?? {}).find((key) => key.includes(name)) ?? name;
    const apiOf = (expected: object): object => ({
      region: 'eu-west-1',
      stack: 'Test',
      id: expect.stringMatching(/^\w{10}$/),
      name: expect.stringContaining('Realtime'),
      ...expected,
    });
    expect(dev.ready).toEqual({
      ready: true,
      page: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      regions: [
        {
          region: 'eu-west-1',
          ws: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/execute-api\/\w+\/v1$/),
          http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/execute-api\/\w+$/),
          aws: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        },
      ],
      endpoints: { 'eu-west-1': regions[0]!.aws },
      stacks: [
        {
          name: 'Test',
          region: 'eu-west-1',
          outputs: expect.objectContaining({
            [outputCalled('WebSocketUrl')]: regions[0]!.ws,
            [outputCalled('HttpUrl')]: regions[0]!.http,
          }),
        },
      ],
      apis: [
        apiOf({ kind: 'WEBSOCKET', stage: 'v1', url: regions[0]!.ws }),
        apiOf({ kind: 'HTTP', stage: '$default', url: regions[0]!.http }),
      ],
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    const body = JSON.stringify({ messages: [{ data: 1 }] });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${regions[0]!.http}/v1/channels/chat:a/messages`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
    expect(existsSync(path.join(dev.folder, '.cdk-realtime', 'dev.json'))).toBe(true);

    const { code, stdout, stderr } = await dev.stop(signal);
    expect([code, stderr, stdout.trim().split('\n').length]).toEqual([0, '', 1]);
    expect(await Promise.all([isFree(page), isFree(regions[0]!.aws)])).toEqual([true, true]);
    expect(existsSync(path.join(dev.folder, '.cdk-realtime', 'dev.json'))).toBe(false);
  });

  test('when npm ends, which forwards no signal, then dev ends', async () => {
    const folder = emptyFolder();
    const command = `${process.execPath} ${builtCli()} dev --json --port 0 --assembly ${assembly} & wait`;
    const env = { ...process.env, npm_execpath: 'npm' };
    const shell = spawn('sh', ['-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    shell.kill('SIGKILL');
    let ended = false;
    void (async () => {
      while (!(ended = await isFree(JSON.parse(line.toString()).page))) await setTimeout(50);
    })();
    await until(() => ended, 'it has ended');
    expect(existsSync(path.join(folder, '.cdk-realtime', 'dev.json'))).toBe(false);
  });

  test('given --app, then its assembly runs, and its output is not on standard output', async () => {
    const folder = emptyFolder();
    symlinkSync(path.join(__dirname, '..', '..', '..', 'node_modules'), path.join(folder, 'node_modules'));
    const app = `console.log('chatter'); require('fs').cpSync(${JSON.stringify(assembly)}, process.env.CDK_OUTDIR, { recursive: true });`;
    writeFileSync(path.join(folder, 'app.cjs'), app);
    const dev = await startDev(assembly, ['--app', 'node app.cjs'], folder);
    const { code, stdout } = await dev.stop();
    expect([code, JSON.parse(stdout).ready]).toEqual([0, true]);
  });

  test('given --data, then messages and the secret are kept between starts', async () => {
    const data = emptyFolder();
    const first = await startDev(assembly, ['--data', data]);
    const published = await run(['publish', 'chat:kept', '"before"', '--json'], { folder: first.folder });
    expect(published).toMatchObject({ code: 0 });
    await first.stop();

    const again = await startDev(assembly, ['--data', data]);
    const cursor = `1!eu-west-1~${JSON.parse(published.stdout).epoch}~0`;
    const tailed = await run(['tail', 'chat:kept', '--cursor', cursor, '--count', '1', '--json'], {
      folder: again.folder,
    });
    expect(JSON.parse(tailed.stdout.split('\n')[0]!)).toMatchObject({ seq: 1, data: 'before' });
    // The token of before is good for the secret that was kept.
    const url = again.ready.regions[0]!.ws;
    const args = ['publish', 'chat:kept', '"after"', '--url', url, '--token', first.ready.token, '--json'];
    expect(JSON.parse((await run(args)).stdout)).toMatchObject({ seq: 2 });
    await again.stop();
  });
});

describe('given APIs that are no RealtimeApi', () => {
  const mixedAssembly = (): string =>
    synthesize((app) => {
      new RealtimeApi(new Stack(app, 'Chat', { env: { region: 'eu-west-1' } }), 'Realtime', {
        namespaces: [Namespace.durable('chat', { retention: Duration.hours(1) })],
        removalPolicy: RemovalPolicy.DESTROY,
      });
      const stack = new Stack(app, 'Own', { env: { region: 'us-east-1' } });
      const integration = new HttpLambdaIntegration('Integration', inlineFunction(stack));
      const rest = new HttpApi(stack, 'Rest', { apiName: 'Rest', defaultIntegration: integration });
      new CfnOutput(stack, 'Url', { value: rest.apiEndpoint });
    });

  test('when dev prints JSON, then a script finds them by the AWS SDK, too', async () => {
    const dev = await startDev(mixedAssembly());
    const { apis, endpoints, stacks, regions } = dev.ready;
    expect(regions.map(({ region }) => region)).toEqual(['eu-west-1']);
    expect(stacks.map(({ name, region }) => [name, region])).toEqual([
      ['Chat', 'eu-west-1'],
      ['Own', 'us-east-1'],
    ]);
    const rest = apis.find(({ region }) => region === 'us-east-1')!;
    expect(rest).toMatchObject({ stack: 'Own', name: 'Rest', kind: 'HTTP', stage: '$default' });
    expect(await (await fetch(rest.url)).text()).toBe('hello');
    const config = {
      region: 'us-east-1',
      endpoint: endpoints['us-east-1']!,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    const cloudFormation = new CloudFormationClient(config);
    const lambda = new LambdaClient(config);
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'Own' }));
    expect(Stacks?.[0]?.Outputs).toEqual([{ OutputKey: 'Url', OutputValue: rest.url }]);
    const { Functions } = await lambda.send(new ListFunctionsCommand({}));
    expect(Functions?.map(({ FunctionName }) => FunctionName)).toEqual([expect.stringMatching(/^Own-Handler/)]);
    cloudFormation.destroy();
    lambda.destroy();
    await dev.stop();
  });

  test('when dev prints text, then each region has a table of its APIs and one of its stack outputs', async () => {
    const command = new RunningCommand(['dev', '--port', '0', '--assembly', mixedAssembly()], emptyFolder());
    await until(() => command.stdout.includes('Ctrl-C stops it.'), 'dev is ready');
    command.kill('SIGTERM');
    const { stdout } = await command.result();
    const [, chat = '', own = ''] = /\n {2}eu-west-1\n([^]*)\n {2}us-east-1\n([^]*)\n {2}Token/.exec(stdout) ?? [];
    const rows = (text: string): string[] => text.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
    expect(rows(chat)).toEqual([
      expect.stringMatching(/^AWS APIs \| http:\S+ \| /),
      '',
      'API | Kind | Stack | URL',
      expect.stringMatching(/^Chat\S+ \| WebSocket \| Chat \| ws:\S+\/v1$/),
      expect.stringMatching(/^Chat\S+ \| HTTP \| Chat \| http:\S+$/),
      '',
      'Stack | Output | Value',
      ...Array.from({ length: 4 }, () => expect.stringMatching(/^Chat \| Realtime\w+ \| \S+$/)),
      '',
    ]);
    const [, url] = /HTTP\s+Own\s+(http:\S+)/.exec(own) ?? [];
    expect(url).toBeDefined();
    expect(rows(own).slice(2)).toEqual([
      'API | Kind | Stack | URL',
      `Rest | HTTP | Own | ${url}`,
      '',
      'Stack | Output | Value',
      `Own | Url | ${url}`,
      '',
    ]);
  });
});

describe('the page server', () => {
  test('gives tokens to this machine only, and refuses invalid requests with an error code', async () => {
    const dev = await startDev(assembly);
    const { page } = dev.ready;
    const { port } = new URL(page);
    const raw = (target: string, host: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          // Not end(): a client that has hung up gets no answer.
          socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
        });
        let answer = '';
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
        socket.on('end', () => resolve(answer.split('\r\n')[0]!));
        socket.on('error', reject);
      });
    expect(await raw('/token', `127.0.0.1:${port}`)).toContain('200');
    expect(await raw('/token', 'rebound.example')).toContain('403');
    expect(await raw('//', `localhost:${port}`)).toContain('404');
    expect(await raw('/nothing', `localhost:${port}`)).toContain('404');
    for (const query of ['client=a%20b', 'expires=soon', 'cap=nonsense', 'cap=[]', 'cap={"chat:*":["write"]}']) {
      const response = await fetch(`${page}token?${query}`);
      expect([query, response.status, await response.json()]).toMatchObject([query, 400, { error: { code: 40_102 } }]);
    }
    await dev.stop();
  });
});
