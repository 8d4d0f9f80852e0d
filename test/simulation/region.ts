// A region: tables, gateway, queues and functions around the adapters and the core that are deployed.
import { API_GATEWAY_LIMITS, apiGatewayQuota } from '../../lambda/adapters/api-gateway/limits';
import { DynamoDbChannelStore } from '../../lambda/adapters/dynamodb/channel-store';
import { DynamoDbConnectionList } from '../../lambda/adapters/dynamodb/connection-list';
import { DynamoDbConnectionStore } from '../../lambda/adapters/dynamodb/connection-store';
import { fanoutRecordsOf, SqsFanoutQueue } from '../../lambda/adapters/sqs/fanout-queue';
import { DynamoDbIdempotencyStore } from '../../lambda/adapters/dynamodb/idempotency-store';
import { DynamoDbLogStore } from '../../lambda/adapters/dynamodb/log-store';
import { publishRecordsOf, SqsPublishQueue } from '../../lambda/adapters/sqs/publish-queue';
import { DynamoDbShardStore } from '../../lambda/adapters/dynamodb/shard-store';
import { ConnectionRegistry } from '../../lambda/core/connections/connection-registry';
import type { DispatchDeps } from '../../lambda/core/dispatch';
import type { Identity } from '../../lambda/core/auth/capabilities';
import { type DrainDeps, moveConnections, movePush } from '../../lambda/core/regions/drain';
import { type FanoutDeps, WorkerChannels } from '../../lambda/core/fanout/fanout';
import { processJobs, type WorkerDeps } from '../../lambda/core/fanout/worker';
import { type HttpRequest, publishHttp } from '../../lambda/core/publish/http-publish';
import type { IdempotentDeps } from '../../lambda/core/publish/idempotency';
import type { InboxDeps } from '../../lambda/core/regions/inbox';
import { TailHints } from '../../lambda/core/log/tail';
import { readNamespaces } from '../../lambda/core/auth/namespaces';
import { INTEREST_TIMEOUT, Peers } from '../../lambda/core/regions/peers';
import type { Inbox } from '../../lambda/core/regions/ports';
import { RateLimiter } from '../../lambda/core/fanout/rate-limiter';
import { SlowConnectionGuard } from '../../lambda/core/fanout/slow-connections';
import { FairPool } from '../../lambda/core/fanout/fair-pool';
import type { Logger } from '../../lambda/core/runtime';
import type { DeliveryOutcome, Transport } from '../../lambda/core/connections/transport';
import { POOL_SIZE } from '../../lambda/core/fanout/post';
import { type QueueBatchDeps, writeBatch } from '../../lambda/core/publish/fifo-batch';
import { Shards } from '../../lambda/core/fanout/shards';
import { evacuated } from '../../lib/contract/drain-marks';
import type { Ordering } from '../../lib/contract/namespaces-variable';
import type { PublishOk } from '../../protocol';
import { regionUrl } from './addresses';
import { simDocumentClient } from './document-client';
import { SimGateway } from './gateway';
import { SimInbox } from './inbox';
import { ConnectionLost, type Instance, type Outcome, SimFunction } from './instance';
import type { Plan } from './plan';
import { SimQueue, type SimQueueSettings } from './queue';
import { SimTable } from './table';
import type { WorldServices } from './world-services';

const CONNECTIONS = 'connections';
const MESSAGES = 'messages';
const CHANNELS = 'channels';

/** As lib/storage and lib/functions/realtime-functions.ts set them. */
const PUBLISH_QUEUE: SimQueueSettings = {
  name: 'publish.fifo',
  functionName: 'writer',
  functionTimeout: 30_000,
  retention: 14 * 86_400_000,
  maxReceives: 100,
  maxConcurrency: 1_000,
  visibilityTimeout: 180_000,
  batchSize: 10,
  isExactlyOnce: true,
};
const FANOUT_QUEUE: SimQueueSettings = {
  name: 'fanout.fifo',
  functionName: 'fanout',
  functionTimeout: 10_000,
  retention: 15 * 60_000,
  maxReceives: 5,
  maxConcurrency: 3,
  visibilityTimeout: 20_000,
  batchSize: 10,
  isExactlyOnce: false,
};
/** Account quota of requests a second: low, so that some posts are delayed. */
const REQUEST_QUOTA = 400;
/** As lambda/handlers/writer.ts sets it, less the second that SimFunction reserves. Milliseconds. */
const APPEND_RESERVE = 11_000;

/** What the functions of a region are deployed with: environment variables. */
export interface RegionConfiguration {
  /** Milliseconds. */
  readonly retention: number;
  readonly ordering: Ordering;
  /** Regions whose logs are read. */
  readonly origins: readonly string[];
  /** Regions to whose inboxes messages are sent. */
  readonly peers: readonly string[];
}

/** Longest time in which functions with old and new settings answer side by side. Milliseconds. */
const MAX_MIXED = 300_000;

/** The inbox adapter of an instance for another region. */
export type InboxOf = (region: string, instance: Instance) => Inbox;

type HttpDeps = DispatchDeps & IdempotentDeps;

export class SimRegion {
  public readonly messages: SimTable;
  public readonly channels: SimTable;
  public readonly gateway: SimGateway;
  public readonly inbox: SimInbox;
  public configuration: RegionConfiguration;
  public deployments = 0;
  public mixedUntil = 0;
  /** The settings before the last deployment. */
  private oldConfiguration: RegionConfiguration;
  /** Until then, the region does not answer. Milliseconds since 1970. */
  public downUntil = 0;
  /** Start of the current or the last outage; 0 before the first. Milliseconds since 1970. */
  public downSince = 0;
  public functionsThrottledUntil = 0;
  public postsThrottledUntil = 0;
  public isDrained = false;
  /** Milliseconds since 1970. */
  public drainedSince = 0;
  private readonly connections: SimTable;
  private readonly publishFunction: SimFunction<HttpDeps>;
  private readonly drainFunction: SimFunction<DrainDeps & { readonly channels: DynamoDbChannelStore }>;
  private readonly queue: SimQueue<QueueBatchDeps>;
  private readonly jobs: SimQueue<WorkerDeps>;
  private readonly logger: Logger;

  public constructor(
    private readonly world: WorldServices,
    public readonly name: string,
    private readonly inboxOf: InboxOf,
  ) {
    const { kernel, random, faults } = world;
    this.configuration = initialConfiguration(world.plan, name);
    this.oldConfiguration = this.configuration;
    const table = (part: string): SimTable =>
      new SimTable({ name: `${part}@${name}`, kernel, random: random.fork(), faults });
    const ignore = (): void => undefined;
    this.logger = {
      info: ignore,
      warn: ignore,
      error: (message: string, fields?: Readonly<Record<string, unknown>>): void => {
        world.serverError(message, fields);
      },
    };
    this.connections = table(CONNECTIONS);
    this.messages = table(MESSAGES);
    this.channels = table(CHANNELS);
    this.gateway = new SimGateway(world, this, {
      action: (instance) => this.dispatchDeps(instance),
      connections: (instance) =>
        new ConnectionRegistry(new DynamoDbConnectionStore(this.client(instance), CONNECTIONS), API_GATEWAY_LIMITS),
    });
    this.queue = new SimQueue<QueueBatchDeps>(world, this, {
      settings: PUBLISH_QUEUE,
      makeDeps: (instance) => this.dispatchDeps(instance),
      processBatch: (deps, event, deadline) => writeBatch(deps, publishRecordsOf(event), deadline - APPEND_RESERVE),
    });
    this.jobs = new SimQueue<WorkerDeps>(world, this, {
      settings: FANOUT_QUEUE,
      makeDeps: (instance) => this.workerDeps(instance),
      processBatch: (deps, event, deadline) => processJobs(deps, fanoutRecordsOf(event), deadline),
    });
    this.inbox = new SimInbox(world, this, (instance) => this.inboxDeps(instance));
    this.publishFunction = new SimFunction(world, this, {
      name: 'publish',
      timeout: 25_000,
      makeDeps: (instance) => ({
        ...this.dispatchDeps(instance),
        idempotency: new DynamoDbIdempotencyStore(this.client(instance), MESSAGES),
        // The text itself is unique, and readable in a trace.
        digest: (text) => text,
      }),
    });
    this.drainFunction = new SimFunction(world, this, {
      name: 'drain',
      timeout: 60_000,
      makeDeps: (instance) => ({
        ...this.fanoutDeps(instance),
        connectionList: new DynamoDbConnectionList(this.client(instance), CONNECTIONS),
        channels: this.channelStore(instance),
      }),
    });
  }

  /**
   * Deploys new settings. CloudFormation updates one function after another, and while one is updated, invocations still go to its
   * previous version. https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
   */
  public deploy(configuration: RegionConfiguration): void {
    this.oldConfiguration = this.configuration;
    this.configuration = configuration;
    this.deployments += 1;
    this.mixedUntil = this.world.kernel.now() + this.world.random.between(0, MAX_MIXED);
  }

  /** Replaces every instance of the functions. */
  public recycle(): void {
    this.oldConfiguration = this.configuration;
    this.deployments += 1;
    this.mixedUntil = 0;
  }

  public get isDown(): boolean {
    return this.world.kernel.now() < this.downUntil;
  }

  /** Makes the region unreachable for `ms`, and breaks its connections, some of them without a close. */
  public startOutage(ms: number): void {
    this.downSince = this.world.kernel.now();
    this.downUntil = this.downSince + ms;
    this.gateway.breakAll();
  }

  /** Whether the region was in service, as known to resolvers that last looked at time `t`. */
  public isInServiceAt(t: number): boolean {
    const isDown = this.isDown && this.downSince <= t;
    return !isDown && !(this.isDrained && this.drainedSince <= t);
  }

  /** `POST /v1/channels/{channel}/messages`. */
  public publish(identity: Identity, request: HttpRequest): Promise<Outcome<PublishOk>> {
    // Requests with an idempotency key take effect exactly once.
    return this.publishFunction.invoke((deps, deadline) => publishHttp(deps, identity, request, deadline), true);
  }

  /** Sends every connected client a move push. */
  public async drain(within: number): Promise<void> {
    const { regions } = this.world.plan;
    const hosts = new Map(regions.map((region) => [region, regionUrl(region)]));
    await this.drainFunction.invoke(async (deps, deadline) => {
      const outOfService = evacuated(regions, await deps.channels.marks());
      return moveConnections(deps, movePush(this.name, { within, hosts, outOfService }), { from: '', deadline });
    });
  }

  private client(
    instance: Instance,
    limits?: { attempts: number; timeout: number },
  ): ReturnType<typeof simDocumentClient> {
    const tables = { [CONNECTIONS]: this.connections, [MESSAGES]: this.messages, [CHANNELS]: this.channels };
    return simDocumentClient(instance, tables, limits);
  }

  private channelStore(instance: Instance, limits?: { attempts: number; timeout: number }): DynamoDbChannelStore {
    return new DynamoDbChannelStore(this.client(instance, limits), CHANNELS, this.name);
  }

  private fanoutDeps(instance: Instance): FanoutDeps {
    const { faults, random, plan } = this.world;
    const transport: Transport = {
      deliver: (id, frame) => {
        const latency = faults.occurs('post-slow', id) ? random.between(500, 2_900) : random.between(4, 40);
        const post = (): DeliveryOutcome => this.gateway.post(id, new TextDecoder().decode(frame));
        return instance.step(latency, `post ${id}`, post).catch((error: unknown) => {
          if (error instanceof ConnectionLost) return 'failed';
          throw error;
        });
      },
    };
    return {
      connections: new DynamoDbConnectionStore(this.client(instance), CONNECTIONS),
      transport: new SlowConnectionGuard(transport, instance.runtime),
      rateLimiter: new RateLimiter(instance.runtime, apiGatewayQuota(REQUEST_QUOTA)),
      transportLimits: API_GATEWAY_LIMITS,
      pool: new FairPool(POOL_SIZE),
      workerChannels: new WorkerChannels(plan.inlineLimit),
      jobs: new SqsFanoutQueue(
        () => this.jobs.client(instance),
        () => 'fanout.fifo',
        this.logger,
      ),
      runtime: instance.runtime,
      logger: this.logger,
    };
  }

  private workerDeps(instance: Instance): WorkerDeps {
    return {
      ...this.fanoutDeps(instance),
      logs: new DynamoDbLogStore(this.client(instance), MESSAGES),
      shards: new DynamoDbShardStore(this.client(instance), CONNECTIONS),
      shardsAtOnce: 30,
    };
  }

  private inboxDeps(instance: Instance): InboxDeps {
    return { ...this.fanoutDeps(instance), interest: this.channelStore(instance) };
  }

  private dispatchDeps(instance: Instance): DispatchDeps {
    const { kernel, random, plan } = this.world;
    const isOld = kernel.now() < this.mixedUntil && random.chance(0.5);
    const { retention, ordering, origins, peers } = isOld ? this.oldConfiguration : this.configuration;
    const { shardSizes } = plan;
    const { runtime } = instance;
    const shards = new DynamoDbShardStore(this.client(instance), CONNECTIONS);
    return {
      ...this.fanoutDeps(instance),
      shards: new Shards({ shards, runtime, logger: this.logger, transportLimits: API_GATEWAY_LIMITS }, shardSizes),
      logs: new DynamoDbLogStore(this.client(instance), MESSAGES),
      hints: new TailHints(),
      namespaces: readNamespaces(
        JSON.stringify({
          chat: { kind: 'durable', retention: retention / 1000, ordering, resumeWindow: plan.resumeWindow / 1000 },
        }),
      ),
      origin: this.name,
      origins,
      queue: new SqsPublishQueue(
        () => this.queue.client(instance),
        () => 'publish.fifo',
        this.logger,
      ),
      ...(peers.length === 0 ? {} : this.regionDeps(instance, peers)),
    };
  }

  /** As created by lambda/handlers/wiring.ts. */
  private regionDeps(instance: Instance, peers: readonly string[]): Pick<DispatchDeps, 'peers' | 'interest'> {
    const { runtime } = instance;
    const inboxes = new Map(peers.map((region) => [region, this.inboxOf(region, instance)]));
    const interest = this.channelStore(instance, { attempts: 1, timeout: INTEREST_TIMEOUT });
    return {
      interest: this.channelStore(instance),
      peers: new Peers({ inboxes, interest, runtime, logger: this.logger }),
    };
  }
}

/** A region that joins later does not belong to the network yet. */
function initialConfiguration({ retention, ordering, regions, months }: Plan, name: string): RegionConfiguration {
  const added = months?.move?.kind === 'region-added' ? regions.at(-1) : undefined;
  const origins = regions.filter((region) => region !== added);
  return { retention, ordering, origins, peers: origins.filter((region) => region !== name) };
}
