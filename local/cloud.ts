import { availableParallelism } from 'node:os';
import type { Exports } from './cloudformation/assembly/intrinsics';
import { type AssemblyStack, readAssembly } from './cloudformation/assembly/reader';
import { replicaRegions } from './cloudformation/resources/aws-dynamodb-globaltable';
import { type RunningStack, runStack, type Unsupported } from './cloudformation/stack';
import { Switchboard } from './faults/switchboard';
import { customDomainNames, CustomDomainServer } from './network/custom-domains';
import { Topology } from './network/topology';
import { Region } from './region';
import { AWS_LIMITS, type GatewayLimits } from './services/apigateway';
import { type ApiEndpoint, apiEndpoints } from './services/apigateway/endpoints';
import { type DynamoDbEngine, startDynalite } from './services/dynamodb';
import { Replication } from './services/global-tables';
import { IamService } from './services/iam';
import { Semaphore } from './services/lambda/semaphore';
import type { GlobalServices, Services } from './services/registry';
import { Route53Service } from './services/route53';
import { addressRewriter } from './support/addresses';
import { type Clock, SystemClock } from './support/clock';
import type { CloudLog } from './types';

export interface CloudOptions {
  /** Directory of the cloud assembly: `cdk.out`. */
  readonly assembly: string;
  /** Port of the first region. The other regions and then the custom domain server get the ports that follow. 0 for any. @default 0 */
  readonly port?: number;
  /** Directory that keeps tables and secrets between starts. @default - in memory */
  readonly dataDir?: string;
  /** Starts the engine that stores tables. @default - dynalite, in this process */
  readonly startEngine?: (dataDir: string | undefined) => Promise<DynamoDbEngine>;
  /** @default - the wall clock */
  readonly clock?: Clock;
  /** Seed of all randomness: replication lag and faults. @default 1 */
  readonly seed?: number;
  /** Quotas of API Gateway. @default - those of AWS */
  readonly limits?: Partial<GatewayLimits>;
  /** Receives the log entries of functions, APIs and the cloud itself. @default - entries are dropped */
  readonly log?: (log: CloudLog) => void;
}

/** A running region. */
export interface LocalRegion {
  readonly region: string;
  /** URL of every emulated AWS API: a value for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  readonly stacks: readonly RunningStack[];
  /** Every stage of the WebSocket and HTTP APIs of its stacks. */
  readonly apis: readonly ApiEndpoint[];
  /** The emulated services, for tests that inject faults. */
  readonly services: Services;
}

/** A running cloud. */
export interface Cloud {
  /** Injects faults, and clears them. */
  readonly switchboard: Switchboard;
  readonly regions: readonly LocalRegion[];
  /** Global: the stacks of every region add to it. */
  readonly route53: Route53Service;
  /** Server of the custom domain names: `<url>/<host>/<path>`. Undefined when no stack has one. */
  readonly customDomains?: { readonly url: string };
  readonly unsupported: readonly Unsupported[];
  stop(): Promise<void>;
}

/**
 * Runs a cloud assembly on this machine.
 *
 * @throws LocalError when the assembly can't be read or resolved, or a port is taken
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const cloud = new LocalCloud(options);
  try {
    return await cloud.start();
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

class LocalCloud {
  private readonly stacks: readonly AssemblyStack[];
  private readonly clock: Clock;
  private readonly seed: number;
  private readonly log: (log: CloudLog) => void;
  private readonly regions: Region[] = [];
  private readonly route53: Route53Service;
  private readonly topology = new Topology();
  private readonly replication: Replication;
  private customDomains: CustomDomainServer | undefined;
  private stopping: Promise<unknown> | undefined;

  public constructor(private readonly options: CloudOptions) {
    this.stacks = readAssembly(options.assembly);
    this.clock = options.clock ?? new SystemClock();
    this.seed = options.seed ?? 1;
    this.log = options.log ?? ((): void => undefined);
    const { clock, topology, seed, log } = this;
    this.route53 = new Route53Service({ clock, locate: (...asked) => this.locate(...asked) });
    this.replication = new Replication({
      clock,
      topology,
      seed,
      log,
      meterOf: (name) => this.region(name)?.services.meter,
    });
  }

  public async start(): Promise<Cloud> {
    await this.startRegions();
    const domains = await this.startCustomDomains();
    const unsupported: Unsupported[] = [];
    const running = await this.runStacks(domains, unsupported);
    for (const region of this.regions) region.open();
    this.route53.start();
    const { regions, topology, replication, seed } = this;
    return {
      route53: this.route53,
      switchboard: new Switchboard({ regions, topology, replication, seed }),
      customDomains: domains.url === undefined ? undefined : { url: domains.url },
      regions: regions.map(({ region, endpoint, services }) => ({
        region,
        endpoint,
        services,
        stacks: running.get(region) ?? [],
        apis: apiEndpoints(services.apigateway.all(), endpoint),
      })),
      unsupported,
      stop: () => this.stop(),
    };
  }

  public async stop(): Promise<void> {
    this.route53.stop();
    await this.replication.stop(this.options.dataDir !== undefined);
    // The custom domain server stops last: regions close client connections through it.
    this.stopping ??= Promise.all(this.regions.map((region) => region.stop())).then(() => this.customDomains?.stop());
    await this.stopping;
  }

  private async startRegions(): Promise<void> {
    const { port = 0, dataDir, startEngine = startDynalite, limits } = this.options;
    const { clock, seed, log, stacks } = this;
    const global: GlobalServices = {
      iam: new IamService(),
      topology: this.topology,
      replication: this.replication,
      route53: this.route53,
      inRegion: (name) => this.region(name)?.services,
    };
    const inits = new Semaphore(availableParallelism());
    const names = regionsOf(stacks);
    this.replication.connect(names);
    for (const [i, name] of names.entries()) {
      this.regions.push(
        await Region.start({
          region: name,
          accountId: (stacks.find(({ region }) => region === name) ?? stacks[0])?.accountId ?? '',
          port: port === 0 ? 0 : port + i,
          clock,
          limits: { ...AWS_LIMITS, ...limits },
          global,
          seed,
          startEngine,
          inits,
          log,
          dataDir,
        }),
      );
    }
  }

  /** Starts the server of the custom domain names; `url` is undefined when no stack has one. */
  private async startCustomDomains(): Promise<{ readonly names: ReadonlySet<string>; readonly url?: string }> {
    const { port = 0 } = this.options;
    const names = customDomainNames(this.stacks);
    if (names.size === 0) return { names };
    this.customDomains = new CustomDomainServer({
      clock: this.clock,
      route53: this.route53,
      locate: (...asked) => this.locate(...asked),
      regions: this.regions.map(({ region }) => region),
    });
    return { names, url: await this.customDomains.listen(port === 0 ? 0 : port + this.regions.length) };
  }

  /** Creates the resources of every stack, and returns the stacks by region. */
  private async runStacks(
    domains: { readonly names: ReadonlySet<string>; readonly url?: string },
    unsupported: Unsupported[],
  ): Promise<ReadonlyMap<string, readonly RunningStack[]>> {
    const rewrite = addressRewriter(
      new Map(this.regions.map(({ region, endpoint }) => [region, endpoint])),
      new Map([...domains.names].map((name) => [name, `${domains.url}/${name}`])),
    );
    const exports: Exports = { byName: new Map(), byStack: new Map() };
    const running = new Map<string, RunningStack[]>();
    for (const stack of this.stacks) {
      const services = this.region(stack.region)?.services;
      if (services === undefined) continue;
      const result = await runStack(stack, {
        services,
        clock: this.clock,
        exports,
        rewrite,
        unsupported: (one) => unsupported.push(one),
      });
      services.cloudformation.add(result.description);
      running.set(stack.region, [...(running.get(stack.region) ?? []), result]);
    }
    return running;
  }

  private region(name: string): Region | undefined {
    return this.regions.find(({ region }) => region === name);
  }

  /** URL on this machine at which a region answers for a host and path. */
  private locate(name: string, host: string, path: string): string | undefined {
    const region = this.region(name);
    const route = region?.services.apigateway.hosts.path(host, path);
    return route === undefined ? undefined : `${region?.endpoint}${route}`;
  }
}

/** Every region that has a stack, then those that have only replicas of tables. */
function regionsOf(stacks: readonly AssemblyStack[]): readonly string[] {
  const replicas = stacks.flatMap(({ template }) =>
    Object.values(template.Resources ?? {})
      .filter(({ Type: type }) => type === 'AWS::DynamoDB::GlobalTable')
      .flatMap(({ Properties: properties }) => replicaRegions(properties)),
  );
  return [...new Set([...stacks.map(({ region }) => region), ...replicas])];
}
