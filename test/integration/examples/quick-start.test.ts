// examples/quick-start, copied as by a user, synthesized by its own command, and run in the local cloud.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ChannelMessage } from '../../../client/src';
import { temporaryFolder } from '../../support/templates/assembly';
import { builtClient } from '../../support/built';
import { type LocalNetwork, startNetwork } from '../../support/local/local-network';
import { until } from '../../support/until';
import { root } from '../../support/root';

const example = path.join(root, 'examples', 'quick-start');
const project = path.join(temporaryFolder('quick-start'), 'my-app');
const assembly = path.join(project, 'cdk.out');
const children: ChildProcessWithoutNullStreams[] = [];
let network: LocalNetwork;

/** Replaces `npm install`: links the packages of the repository. test/package packs and installs the real ones. */
function linkPackages(): void {
  const modules = path.join(project, 'node_modules');
  const library = path.join(modules, 'cdk-realtime');
  mkdirSync(library, { recursive: true });
  for (const name of ['aws-cdk-lib', 'constructs', 'tsx', 'ws']) {
    symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name), 'junction');
  }
  builtClient();
  symlinkSync(path.join(root, 'client'), path.join(modules, 'cdk-realtime-client'), 'junction');
  writeFileSync(path.join(library, 'package.json'), JSON.stringify({ name: 'cdk-realtime', main: 'index.js' }));
  writeFileSync(
    path.join(library, 'index.js'),
    `module.exports = require(${JSON.stringify(path.join(root, 'lib', 'index.ts'))});`,
  );
}

/** Runs the command of cdk.json as the CDK command line does: with CDK_OUTDIR, the app synthesizes when it ends. */
function synthesize(): void {
  const { app } = JSON.parse(readFileSync(path.join(project, 'cdk.json'), 'utf8')) as { app: string };
  const [, , file = ''] = /^npx (tsx) (\S+)$/.exec(app) ?? [];
  const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const { status, stderr } = spawnSync(process.execPath, [tsx, file], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: assembly, CDK_DEFAULT_REGION: 'eu-west-1' },
  });
  if (status !== 0) throw new Error(`${app} ended with ${String(status)}:\n${stderr}`);
}

/** The example's chat.mjs, in a process of its own. */
function chat(token: string): { readonly child: ChildProcessWithoutNullStreams; output(): string; errors(): string } {
  const child = spawn(process.execPath, ['chat.mjs', network.ws, token], { cwd: project });
  children.push(child);
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return { child, output: () => output, errors: () => errors };
}

beforeAll(async () => {
  cpSync(example, project, { recursive: true, filter: (source) => !/node_modules|cdk\.out|\.tgz$/.test(source) });
  linkPackages();
  synthesize();
  network = await startNetwork({ assembly });
}, 120_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await network.stop();
});

describe('examples/quick-start', () => {
  test('when it is synthesized, then its stack has a WebSocket API, an HTTP API and the handlers', () => {
    const template = JSON.parse(readFileSync(path.join(assembly, 'QuickStart.template.json'), 'utf8'));
    const types = Object.values(template.Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::ApiGatewayV2::Api')).toHaveLength(2);
    expect(types.filter((type) => type === 'AWS::Lambda::Function').length).toBeGreaterThanOrEqual(7);
  });

  test('given two clients of the SDK, when one publishes, then the other receives it', async () => {
    const [ada, grace] = [network.client('ada'), network.client('grace')];
    const received: ChannelMessage[] = [];
    grace.channel('chat:room.42').subscribe((message) => received.push(message));
    await until(() => grace.channel('chat:room.42').state === 'live', 'grace is subscribed');

    await ada.channel('chat:room.42').publish({ text: 'hello' });

    await until(() => received.length === 1, 'the message arrives');
    expect(received).toMatchObject([{ from: 'ada', data: { text: 'hello' }, origin: 'eu-west-1' }]);
  });

  test('given chat.mjs in two terminals, when a line is typed into one, then both print it', async () => {
    const ada = chat(await network.token('ada'));
    const grace = chat(await network.token('grace'));
    for (const one of [ada, grace]) await until(() => one.errors().includes('(live)'), 'the chat is live');

    ada.child.stdin.write('hello, grace\n');

    for (const one of [ada, grace]) await until(() => one.output() === 'ada: hello, grace\n', 'the line is printed');
    const ended = new Promise((resolve) => ada.child.on('exit', resolve));
    ada.child.stdin.end();
    expect(await ended).toBe(0);
  });

  test('given a token without rights, when chat.mjs starts, then it prints the reason', async () => {
    const mallory = chat(await network.token('mallory', { 'other:*': ['subscribe'] }));

    await until(() => mallory.errors().includes('does not allow'), 'the refusal is printed');
  });

  test('given its package.json, then every version is pinned to the one of this repository', () => {
    const manifest = JSON.parse(readFileSync(path.join(example, 'package.json'), 'utf8'));
    const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (name.startsWith('cdk-realtime')) expect(version).toBe(`file:${name}-${own.version}.tgz`);
      else expect({ name, version }).toEqual({ name, version: own.devDependencies[name] });
    }
  });
});
