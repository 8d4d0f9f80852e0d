import { availableParallelism } from 'node:os';
import { addressRewriter } from './support/addresses';
import { AWS_LIMITS, type GatewayLimits } from './services/apigateway';
import type { Exports } from './cloudformation/assembly/intrinsics';
import { type AssemblyStack, readAssembly } from './cloudformation/assembly/reader';
import { type Clock, SystemClock } from './support/clock';
import { type DynamoDbEngine, startDynalite } from './services/dynamodb';
import { customDomainNames, CustomDomainServer } from './network/custom-domains';
import { IamService } from './services/iam';
import { Semaphore } from './services/lambda/semaphore';
import { Topology } from './network/topology';
import { Region } from './region';
import { Replication, type ReplicationOptions } from './services/global-tables';
import { replicaRegions } from './cloudformation/resources/aws-dynamodb-globaltable';
import { type ApiEndpoint, apiEndpoints } from './services/apigateway/endpoints';
import { type RunningStack, runStack, type Unsupported } from './cloudformation/stack';
import type { GlobalServices, Services } from './services/registry';
import { type Locate, Route53Service } from './services/route53';
import { Switchboard } from './faults/switchboard';
import type { CloudLog } from './types';

export interface CloudOptions {
  /** Folder of the cloud assembly: `cdk.out`. */
  readonly assembly: string;
  /** Port of the first region; the others get those that follow, and then the front door. 0 for any. @default 0 */
  readonly port?: number;
  /** Where tables and secrets are kept between starts. @default - in memory */
  readonly dataDir?: string;
  /** Starts what stores tables. @default - dynalite, in this process */
  readonly startEngine?: (dataDir: string | undefined) => Promise<DynamoDbEngine>;
  /** @default - the wall clock */
  readonly clock?: Clock;
  /** Seed of what chance decides: lags of replication, faults. @default 1 */
  readonly seed?: number;
  /** Quotas of API Gateway. @default - those of AWS */
  readonly limits?: Partial<GatewayLimits>;
  /** Gets what functions, APIs and the cloud itself log. @default - nobody */
  readonly log?: (log: CloudLog) => void;
}

/** A region that runs. */
export interface LocalRegion {
  readonly region: string;
  /** Where every emulated AWS API is reached: a value for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  readonly stacks: readonly RunningStack[];
  /** Every stage of the WebSocket and HTTP APIs of its stacks. */
  readonly apis: readonly ApiEndpoint[];
  /** The emulated services, for tests that put faults into them. */
  readonly services: Services;
}

/** A cloud that runs. */
export interface Cloud {
  /** Breaks things, and mends them. */
  readonly switchboard: Switchboard;
  readonly regions: readonly LocalRegion[];
  /** Global, so that the stacks of any region add to it. */
  readonly route53: Route53Service;
  /** The front door of custom domain names: `<url>/<host>/<path>`. None when no stack makes one. */
  readonly edge?: { readonly url: string };
  readonly unsupported: readonly Unsupported[];
  stop(): Promise<void>;
}

/**
 * Runs a cloud assembly on this machine.
 *
 * @throws LocalError when the assembly can't be read or resolved, or a port is taken
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const stacks = readAssembly(options.assembly);
  const clock = options.clock ?? new SystemClock();
  const { port = 0, dataDir, startEngine = startDynalite } = options;
  const limits = { ...AWS_LIMITS, ...options.limits };
  const log = options.log ?? ((): void => undefined);
  const regions: Region[] = [];
  const locate: Locate = (name, host, path) => {
    const region = regions.find((one) => one.region === name);
    const route = region?.services.apigateway.hosts.path(host, path);
    return route === undefined ? undefined : `${region?.endpoint}${route}`;
  };
  const route53 = new Route53Service({ clock, locate });
  const network = new Topology();
  const { seed = 1 } = options;
  const meterOf: ReplicationOptions['meterOf'] = (name) =>
    regions.find(({ region }) => region === name)?.services.meter;
  const replication = new Replication({ clock, topology: network, seed, log, meterOf });
  const global: GlobalServices = {
    iam: new IamService(), topology: network, replication, route53,
    inRegion: (name) => regions.find(({ region }) => region === name)?.services,
  };
  const inits = new Semaphore(availableParallelism());
  const names = customDomainNames(stacks);
  let edge: CustomDomainServer | undefined;
  let stopping: Promise<unknown> | undefined;
  const stop = async (): Promise<void> => {
    route53.stop();
    await replication.stop(dataDir !== undefined);
    // The front door goes last: what regions say to their connections as they stop goes through it.
    stopping ??= Promise.all(regions.map((region) => region.stop())).then(() => edge?.stop());
    await stopping;
  };
  try {
    const regionNames = regionsOf(stacks);
    replication.connect(regionNames);
    for (const [i, name] of regionNames.entries()) {
      const accountId = (stacks.find(({ region }) => region === name) ?? stacks[0])?.accountId ?? '';
      const data = dataDir === undefined ? {} : { dataDir };
      regions.push(
        await Region.start({
          region: name,
          accountId,
          port: port === 0 ? 0 : port + i,
          clock,
          limits,
          global,
          seed,
          startEngine,
          inits,
          log,
          ...data,
        }),
      );
    }
    if (names.size > 0) edge = new CustomDomainServer({ clock, route53, locate, regions: regions.map(({ region }) => region) });
    const edgeUrl = await edge?.listen(port === 0 ? 0 : port + regions.length);
    const rewrite = addressRewriter(
      new Map(regions.map(({ region, endpoint }) => [region, endpoint])),
      new Map([...names].map((name) => [name, `${edgeUrl}/${name}`])),
    );
    const exports: Exports = { byName: new Map(), byStack: new Map() };
    const unsupported: Unsupported[] = [];
    const running = new Map<string, RunningStack[]>();
    for (const stack of stacks) {
      const region = regions.find((one) => one.region === stack.region);
      if (region === undefined) continue;
      const { services } = region;
      const note = (one: Unsupported): void => void unsupported.push(one);
      const result = await runStack(stack, { services, clock, exports, rewrite, unsupported: note });
      services.cloudformation.add(result.description);
      running.set(stack.region, [...(running.get(stack.region) ?? []), result]);
    }
    for (const region of regions) region.open();
    route53.start();
    return {
      route53,
      switchboard: new Switchboard({ regions, network, replication, seed }),
      ...(edgeUrl === undefined ? {} : { edge: { url: edgeUrl } }),
      regions: regions.map(({ region, endpoint, services }) => ({
        region,
        endpoint,
        services,
        stacks: running.get(region) ?? [],
        apis: apiEndpoints(services.apigateway.all(), endpoint),
      })),
      unsupported,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every region that has a stack, and then those that have only replicas of tables. */
function regionsOf(stacks: readonly AssemblyStack[]): readonly string[] {
  const replicas = stacks.flatMap(({ template }) =>
    Object.values(template.Resources ?? {})
      .filter(({ Type: type }) => type === 'AWS::DynamoDB::GlobalTable')
      .flatMap(({ Properties: properties }) => replicaRegions(properties)),
  );
  return [...new Set([...stacks.map(({ region }) => region), ...replicas])];
}
