import path from 'node:path';
import { mintToken } from '../../client/src/token';
import { type Cloud, type CloudLog, COORDINATES, FAULTY_SERVICES, startCloud, SystemClock } from '../../local';
import { startDynalite, startJar } from '../../local/services/dynamodb';
import { type Capabilities, CAPABILITY_ACTIONS, RealtimeError } from '../../protocol';
import { apisOf, devSummary, endpointsOf, stacksOf } from './dev-summary';
import { removeDevState, writeDevState } from '../server/dev-state';
import { type LocalNetwork, networksOf } from '../../load/clients/local-networks';
import { servePage } from '../server/page-server';
import { synthesize } from '../server/synthesize';

/** Storage engines of the emulated DynamoDB. */
export const DYNAMODB_ENGINES = { dynalite: startDynalite, jar: (dataDir?: string) => startJar(dataDir) } as const;
export type DynamoDbChoice = keyof typeof DYNAMODB_ENGINES;

export interface DevOptions {
  readonly app?: string;
  readonly assembly: string;
  readonly port: number;
  readonly data?: string;
  readonly speed: number;
  readonly dynamodb: DynamoDbChoice;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Runs the local cloud and the chat page until a signal. */
export async function dev(options: DevOptions): Promise<void> {
  const assembly = options.app === undefined ? path.resolve(options.assembly) : synthesize(options.app);
  const cloud = await startCloud({
    assembly,
    // The page gets the given port, and regions the next ones.
    port: options.port === 0 ? 0 : options.port + 1,
    clock: new SystemClock(options.speed),
    log: logger(options),
    startEngine: DYNAMODB_ENGINES[options.dynamodb],
    dataDir: options.data === undefined ? undefined : path.resolve(options.data),
  });
  try {
    const networks = networksOf(cloud);
    const regions = networks.map(({ region, ws, http, aws, network, domain }) => ({
      region,
      ws,
      http,
      aws,
      network,
      domain,
    }));
    const names = namesOf(cloud, networks);
    const namespaces = [...new Set(networks.flatMap((one) => one.namespaces))];
    const mint = minter(cloud, networks, namespaces);
    const page = await servePage({
      port: options.port,
      config: { regions, namespaces, names, places: placesOf(regions), services: FAULTY_SERVICES },
      token: mint,
      switchboard: cloud.switchboard,
    });
    writeDevState({ pid: process.pid, page: page.url, regions });
    const stop = onSignal(async () => {
      removeDevState();
      await page.stop();
      await cloud.stop();
    });
    const token = networks.some(({ secretArn }) => secretArn !== undefined)
      ? await mint('dev', null, 86_400)
      : undefined;
    if (options.json)
      printJson({
        ready: true,
        page: page.url,
        regions,
        endpoints: endpointsOf(cloud),
        stacks: stacksOf(cloud),
        apis: apisOf(cloud),
        names,
        token,
      });
    else process.stdout.write(devSummary({ page: page.url, cloud, networks, token }));
    await stop;
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** The address that resolves to the nearest region; undefined without a domain. */
function namesOf({ customDomains }: Cloud, networks: readonly LocalNetwork[]): { readonly ws: string } | undefined {
  const domain = networks.find((one) => one.domain !== undefined)?.domain;
  if (customDomains === undefined || domain === undefined) return undefined;
  return { ws: `${customDomains.url.replace(/^http/, 'ws')}/ws.${domain}` };
}

/** Coordinates of the regions, for the map. */
function placesOf(regions: readonly { readonly region: string }[]): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    regions.flatMap(({ region }) => (COORDINATES[region] === undefined ? [] : [[region, COORDINATES[region]]])),
  );
}

/** Mints tokens with the first network's secret. Without capabilities, they allow everything in every namespace. */
function minter(cloud: Cloud, networks: readonly LocalNetwork[], namespaces: readonly string[]) {
  return async (clientId: string, capabilities: string | null, expiresIn: number): Promise<string> => {
    const network = networks.find(({ secretArn }) => secretArn !== undefined);
    const region = cloud.regions.find((one) => one.region === network?.region);
    const secret = region?.services.secrets.value(network?.secretArn ?? '');
    if (secret === undefined) {
      throw new RealtimeError('token_invalid', 'An issuer signs the tokens of this network. Get a token from it.');
    }
    const all = Object.fromEntries(namespaces.map((name) => [`${name}:*`, CAPABILITY_ACTIONS]));
    return mintToken({
      secret,
      clientId,
      capabilities: capabilities === null ? all : readCapabilities(capabilities),
      expiresIn,
    });
  };
}

function readCapabilities(json: string): Capabilities {
  try {
    return JSON.parse(json) as Capabilities;
  } catch (cause) {
    throw new RealtimeError('token_claims_invalid', '`cap` must be JSON.', { cause });
  }
}

/** Prints errors, and with `--verbose` everything, to standard error, so that standard output is one line with `--json`. */
function logger({ verbose }: DevOptions): (log: CloudLog) => void {
  return ({ level, source, message }) => {
    if (verbose || level === 'error') process.stderr.write(`${source} ${message}\n`);
  };
}

/** Resolves after the first signal, when `stop` is done. A second signal ends the process immediately. */
function onSignal(stop: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const handle = (): void => {
      if (stopping) process.exit(1);
      stopping = true;
      stop().then(resolve, reject);
    };
    process.on('SIGINT', handle);
    process.on('SIGTERM', handle);
    watchParent(handle);
  });
}

/**
 * Calls `onEnd` when the parent process ends, if that is npm or npx: they do not forward signals, so this process would keep running.
 * Background jobs of a shell are not affected.
 */
function watchParent(onEnd: () => void): void {
  if (process.env.npm_execpath === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onEnd();
  }, 500);
  timer.unref();
}
