// The network under test: the example, in as many regions as asked for, run by the command line as a user would.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { CloudState } from '../../local';

const root = path.join(__dirname, '..', '..');
const cli = path.join(root, 'dist', 'cli', 'main.js');

/** What `dev --json` tells. */
interface Ready {
  readonly page: string;
  readonly regions: readonly {
    readonly region: string;
    readonly ws: string;
    readonly http: string;
    readonly aws: string;
    readonly network: { readonly name: string };
  }[];
  /** Latency-routed names, below the front door. */
  readonly names?: { readonly ws: string };
}

export interface Network {
  /** Its name, which its tables' begin with. */
  readonly name: string;
  readonly regions: readonly string[];
  /** Where the emulated AWS APIs of a region are. */
  awsOf(region: string): string;
  /** Where a client that lives in a region connects: the name that is routed by latency. */
  urlFor(home: string, client: string): string;
  /** The regions' own addresses, as fallbacks. */
  readonly regionalUrls: readonly string[];
  token(client: string): Promise<string>;
  /** Does something at the switchboard. */
  flip(command: object): Promise<void>;
  /** Connections that the connect quota has refused so far. */
  refusedConnects(): Promise<number>;
  /** Runs a command of the command line in the network's folder. */
  run(args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Synthesizes and starts the example in so many regions. */
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
  if (status !== 0) throw new Error(`the example could not be synthesized: ${stderr}`);
  const child = spawn(process.execPath, [cli, 'dev', '--json', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = await readyOf(child);
  const { names } = ready;
  if (names === undefined) throw new Error('the network has no names that are routed');
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

/** The line that tells that everything is up. */
function readyOf(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(JSON.parse(text) as Ready);
    });
    child.once('exit', (code) => reject(new Error(`the local cloud ended with ${code}`)));
  });
}
