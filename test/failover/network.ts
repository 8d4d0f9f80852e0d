// The network under test: the example app in several regions, run by `cdk-realtime dev` as users do.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { CloudState } from '../../local';
import { root } from '../support/root';

const cli = path.join(root, 'dist', 'cli', 'main.js');

/** The output of `dev --json`. */
interface Ready {
  readonly page: string;
  readonly regions: readonly {
    readonly region: string;
    readonly ws: string;
    readonly http: string;
    readonly aws: string;
    readonly network: { readonly name: string };
  }[];
  /** Latency-routed names, as Route 53 would resolve them. */
  readonly names?: { readonly ws: string };
}

export interface Network {
  /** The network's name, with which the names of its tables start. */
  readonly name: string;
  readonly regions: readonly string[];
  /** The endpoint of a region's emulated AWS APIs. */
  awsOf(region: string): string;
  /** The latency-routed URL for a client whose nearest region is `home`. */
  urlFor(home: string, client: string): string;
  /** The regional URLs, used as fallbacks. */
  readonly regionalUrls: readonly string[];
  token(client: string): Promise<string>;
  /** Sends a command to the switches of the local cloud. */
  flip(command: object): Promise<void>;
  /** Connections refused by the connect quota so far. */
  refusedConnects(): Promise<number>;
  /** Runs a `cdk-realtime` command in the network's folder. */
  run(args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Synthesizes the example in the given regions, and starts it. */
export async function startNetwork(regions: readonly string[]): Promise<Network> {
  const folder = mkdtempSync(path.join(tmpdir(), 'failover-'));
  const context = ['-c', 'domain=realtime.example', '-c', `regions=${regions.join(',')}`];
  const cdk = path.join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const { status, stderr } = spawnSync(
    process.execPath,
    [cdk, 'synth', '--quiet', '--no-notices', '--output', path.join(folder, 'cdk.out'), ...context],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CDK_VALIDATION: 'false', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    },
  );
  if (status !== 0) throw new Error(`cdk synth of the example failed: ${stderr}`);
  const child = spawn(process.execPath, [cli, 'dev', '--json', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = await readyOf(child);
  const { names } = ready;
  if (names === undefined) throw new Error('the local cloud serves no latency-routed names');
  const get = promisify(execFile);
  return {
    name: ready.regions[0]?.network.name ?? '',
    regions: ready.regions.map(({ region }) => region),
    awsOf: (region) => ready.regions.find((one) => one.region === region)?.aws ?? '',
    urlFor: (home, client) => `${names.ws}?location=${home}&asker=${client}`,
    regionalUrls: ready.regions.map(({ ws }) => ws),
    token: async (client) => {
      const response = await fetch(new URL(`/token?client=${client}`, ready.page));
      return ((await response.json()) as { token: string }).token;
    },
    flip: async (command) => {
      const response = await fetch(new URL('/cloud/switch', ready.page), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(command),
      });
      if (!response.ok) throw new Error(`${JSON.stringify(command)}: ${await response.text()}`);
    },
    refusedConnects: async () => {
      const state = (await (await fetch(new URL('/cloud/state', ready.page))).json()) as CloudState;
      return state.regions.reduce((sum, one) => sum + one.refusedConnects, 0);
    },
    run: async (args) => (await get(process.execPath, [cli, ...args], { cwd: folder })).stdout,
    stop: async () => {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for the line of JSON that `dev` prints when it is ready. */
function readyOf(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(JSON.parse(text) as Ready);
    });
    child.once('exit', (code) => reject(new Error(`the local cloud exited with ${code}`)));
  });
}
