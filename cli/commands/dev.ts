import path from 'node:path';
import { mintToken } from '../../client/src/token';
import { type Cloud, type CloudLog, COORDINATES, FAULTY_SERVICES, startCloud, SystemClock } from '../../local';
import { startDynalite, startJar } from '../../local/services/dynamodb';
import { type Capabilities, CAPABILITY_ACTIONS, RealtimeError } from '../../protocol';
import { apisOf, devSummary, endpointsOf, stacksOf } from './dev-summary';
import { removeDevState, writeDevState } from '../server/dev-state';
import { type LocalNetwork, networksOf } from '../network/local-networks';
import { servePage } from '../server/page-server';
import { synthesize } from '../server/synthesize';

/** What can stand behind the emulated DynamoDB. */
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

/** Runs the local cloud and the chat page until a signal comes. */
export async function dev(options: DevOptions): Promise<void> {
  const assembly = options.app === undefined ? path.resolve(options.assembly) : synthesize(options.app);
  const cloud = await startCloud({
    assembly,
    // The page has the port that was asked for; regions follow.
    port: options.port === 0 ? 0 : options.port + 1,
    clock: new SystemClock(options.speed),
    log: logger(options),
    startEngine: DYNAMODB_ENGINES[options.dynamodb],
    ...(options.data === undefined ? {} : { dataDir: path.resolve(options.data) }),
  });
  try {
    const networks = networksOf(cloud);
    const regions = networks.map(({ region, ws, http, aws, network, domain }) => ({
      ...{ region, ws, http, aws },
      ...(network === undefined ? {} : { network }),
      ...(domain === undefined ? {} : { domain }),
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

/** Where clients of a network find the nearest region; undefined without a domain. */
function namesOf({ customDomains }: Cloud, networks: readonly LocalNetwork[]): { readonly ws: string } | undefined {
  const domain = networks.find((one) => one.domain !== undefined)?.domain;
  if (customDomains === undefined || domain === undefined) return undefined;
  return { ws: `${customDomains.url.replace(/^http/, 'ws')}/ws.${domain}` };
}

/** Where regions are, for the map. */
function placesOf(regions: readonly { readonly region: string }[]): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    regions.flatMap(({ region }) => (COORDINATES[region] === undefined ? [] : [[region, COORDINATES[region]]])),
  );
}

/** Makes tokens with the first network's secret; without capabilities, they allow everything in every namespace. */
function minter(cloud: Cloud, networks: readonly LocalNetwork[], namespaces: readonly string[]) {
  return async (clientId: string, capabilities: string | null, expiresIn: number): Promise<string> => {
    const network = networks.find(({ secretArn }) => secretArn !== undefined);
    const region = cloud.regions.find((one) => one.region === network?.region);
    const secret = region?.services.secrets.value(network?.secretArn ?? '');
    if (secret === undefined) {
      throw new RealtimeError('token_invalid', 'This network trusts an issuer: get a token from there.');
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

/** Errors always; everything else only when asked. On standard error, so that `--json` leaves one line on standard output. */
function logger({ verbose }: DevOptions): (log: CloudLog) => void {
  return ({ level, source, message }) => {
    if (verbose || level === 'error') process.stderr.write(`${source} ${message}\n`);
  };
}

/** Resolves when the first signal has been obeyed; a second one ends the process at once. */
function onSignal(stop: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const obey = (): void => {
      if (stopping) process.exit(1);
      stopping = true;
      stop().then(resolve, reject);
    };
    process.on('SIGINT', obey);
    process.on('SIGTERM', obey);
    watchParent(obey);
  });
}

/** npm and npx pass no signal on: their shell ends, and what it ran would stay. A shell's own background job is left alone. */
function watchParent(gone: () => void): void {
  if (process.env.npm_execpath === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, 500);
  timer.unref();
}
