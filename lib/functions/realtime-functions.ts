import { Duration, Validations } from 'aws-cdk-lib';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { TokenVerification } from '../auth/token-verification';
import type { HandlerEnvironment } from '../contract/environment';
import { DRAIN_TIMEOUT_SECONDS } from '../contract/limits';
import { type NetworkPart, partName } from '../contract/names';
import type { MonitoredFunction } from '../monitoring/monitored-resources';
import type { Namespace } from '../namespace';
import { namespacesJson } from '../namespace-checks';
import { networkEnvironment } from '../network/region-context';
import type { InboxQueue } from '../queues/inbox-queue';
import { allow } from '../util/iam';
import { acknowledgeWildcard } from '../util/nag';
import { FunctionPermissions, type FunctionPermissionsProps } from './function-permissions';
import { type FunctionDefaults, RealtimeFunction, type RealtimeFunctionProps } from './realtime-function';
import { fanoutWorkers } from './request-quota';

/** Timeout of the writer, which reserves part of it for an append with all its retries (lambda/handlers/writer.ts). */
export const WRITER_TIMEOUT = Duration.seconds(30);
/** Timeout of the inbox function: a batch of ten messages, each for all its subscribers. */
export const INBOX_TIMEOUT = Duration.seconds(25);
/**
 * Timeout of a fan-out worker. A batch of ten shards with about 600 subscribers each takes two seconds. The shards of a worker that
 * fails wait twice as long as the timeout (lib/queues/fanout-queue.ts).
 */
export const FANOUT_TIMEOUT = Duration.seconds(10);
/**
 * Messages in a batch: the maximum for FIFO queues, and for standard queues without a batching window.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
const BATCH_SIZE = 10;
/**
 * Maximum concurrency of the inbox function: a tenth of an account's default quota. When clients of a failed region connect here,
 * messages for them arrive at the same time, and connects, publishes and health checks need the rest of the concurrency. Waiting
 * messages are not lost: clients read them from the log. Without a limit, Lambda would receive more messages than it can process, and
 * three receives move a message to the dead-letter queue.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const INBOX_CONCURRENCY = 100;
/** Size of functions that every connect waits for: short, with enough CPU for a fast cold start. */
const SMALL = { timeoutSeconds: 10, memoryMiB: 512 };
/** Size of functions that fan out. API Gateway waits 29 seconds; subscribers that are not reached read the log by their cursors. */
const LARGE = { timeoutSeconds: 25, memoryMiB: 1024 };
/** Memory of a fan-out worker: one vCPU, which posting uses. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const WORKER_MEMORY = 1769;

/** Props of {@link RealtimeFunctions}. */
export interface RealtimeFunctionsProps extends FunctionDefaults, FunctionPermissionsProps {
  /** Namespaces of the backend. */
  readonly namespaces: Namespace[];
  /** How tokens are verified. */
  readonly tokens: TokenVerification;
  /** URL that functions post to connections with: the stage's `execute-api` address. */
  readonly callbackUrl: string;
  /** Quota of API Gateway requests a second. */
  readonly requestQuota: number;
  /**
   * Queue of messages from other regions.
   *
   * @default - there are no other regions
   */
  readonly inboxQueue?: InboxQueue;
}

/** The functions of a region. Each has only the permissions that its handler needs. */
export class RealtimeFunctions extends Construct {
  /** Verifies the token of a connection. */
  public readonly authorizer: IFunction;
  /** Handles `$connect`. */
  public readonly connect: IFunction;
  /** Handles `$disconnect`. */
  public readonly disconnect: IFunction;
  /** Handles `$default`: every frame of a client. */
  public readonly message: IFunction;
  /** Handles `POST /v1/channels/{channel}/messages`. Grantees invoke it too. */
  public readonly publish: IFunction;
  /** Handles `GET /health`, and in a network `GET /evacuated/{region}`. */
  public readonly health: IFunction;
  /** Processes the fan-out queue: posts to subscribers of large channels. */
  public readonly fanout: IFunction;
  /** Processes the publish queue; undefined without FIFO namespaces. */
  public readonly writer?: IFunction;
  /** Processes the inbox queue; undefined without other regions. */
  public readonly inbox?: IFunction;
  /** Moves connections to other regions. The command line invokes it; undefined without other regions. */
  public readonly drain?: IFunction;
  /** All functions, for alarms. */
  public readonly monitored: MonitoredFunction[] = [];
  private readonly props: RealtimeFunctionsProps;
  private readonly permissions: FunctionPermissions;
  private readonly variables: Readonly<
    Record<'connections' | 'tables' | 'network' | 'post' | 'fanOut' | 'publish', HandlerEnvironment>
  >;

  public constructor(scope: Construct, id: string, props: RealtimeFunctionsProps) {
    super(scope, id);
    this.props = props;
    this.permissions = new FunctionPermissions(this, props);
    this.variables = this.variableGroups();
    this.authorizer = this.createAuthorizer();
    this.connect = this.createConnect();
    this.disconnect = this.createDisconnect();
    this.message = this.createMessage();
    this.publish = this.createPublish();
    this.health = this.createHealth();
    this.fanout = this.createFanout();
    if (props.publishQueue !== undefined) this.writer = this.createWriter(props.publishQueue.queue);
    if (props.inboxQueue !== undefined) {
      this.inbox = this.createInbox(props.inboxQueue.queue);
      this.drain = this.createDrain();
    }
    for (const poster of [this.message, this.publish, this.fanout, this.writer, this.inbox, this.drain]) {
      if (poster?.role === undefined) continue;
      const reason = 'Functions post to any connection of this one stage, and connection ids are not known in advance';
      acknowledgeWildcard(poster.role, props.callbackArn, reason);
    }
  }

  /** Environment variables that several functions share. */
  private variableGroups(): RealtimeFunctions['variables'] {
    const { tables, fanoutQueue, publishQueue, regionContext, namespaces, callbackUrl, requestQuota } = this.props;
    const connections = { CONNECTIONS_TABLE: tables.connections.tableName };
    const both = { ...connections, MESSAGES_TABLE: tables.messages.tableName };
    const network = regionContext === undefined ? {} : networkEnvironment(this, regionContext);
    // A custom domain would answer posts to connections with 403.
    const post = { AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: callbackUrl, REQUEST_QUOTA: String(requestQuota) };
    const fanOut = { ...post, FANOUT_QUEUE_URL: fanoutQueue.queue.queueUrl };
    const publish = {
      ...both,
      ...network,
      ...fanOut,
      NAMESPACES: namespacesJson(namespaces),
      PUBLISH_QUEUE_URL: publishQueue?.queue.queueUrl,
    };
    return { connections, tables: both, network, post, fanOut, publish };
  }

  private createAuthorizer(): IFunction {
    const { environment, permissions } = this.props.tokens;
    return this.createFunction({
      name: 'authorizer',
      description: 'Verifies the token of a connection',
      ...SMALL,
      environment,
      permissions,
    });
  }

  private createConnect(): IFunction {
    return this.createFunction({
      name: 'connect',
      description: 'Stores a connection',
      ...SMALL,
      environment: this.variables.connections,
      permissions: [allow(['dynamodb:PutItem'], this.connectionsArn), ...this.permissions.useTables],
    });
  }

  private createDisconnect(): IFunction {
    return this.createFunction({
      name: 'disconnect',
      description: 'Deletes a connection and its subscriptions',
      ...SMALL,
      environment: this.variables.connections,
      permissions: [
        allow(['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem'], this.connectionsArn),
        ...this.permissions.useTables,
      ],
    });
  }

  private createMessage(): IFunction {
    const { publish, recordInterest, enqueue, useTables } = this.permissions;
    const actions = ['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
    return this.createFunction({
      name: 'message',
      description: 'Handles the frames of connections',
      ...LARGE,
      environment: this.variables.publish,
      permissions: [...publish, allow(actions, this.connectionsArn), ...recordInterest, ...enqueue, ...useTables],
    });
  }

  private createPublish(): IFunction {
    const { tokens } = this.props;
    const { publish, enqueue, useTables } = this.permissions;
    return this.createFunction({
      name: 'publish',
      description: 'Publishes by HTTP, or when a grantee invokes it',
      ...LARGE,
      environment: { ...this.variables.publish, ...tokens.environment },
      // The time of a repeated request is noted in the row of its idempotency key.
      permissions: [
        ...publish,
        allow(['dynamodb:UpdateItem'], this.props.tables.messages.tableArn),
        ...enqueue,
        ...tokens.permissions,
        ...useTables,
      ],
      functionName: this.physicalName('publish'),
    });
  }

  private createHealth(): IFunction {
    const { tables, inboxQueue } = this.props;
    const { readDrainMarks, readTables } = this.permissions;
    const readInbox = inboxQueue === undefined ? [] : [allow(['sqs:GetQueueAttributes'], inboxQueue.queue.queueArn)];
    return this.createFunction({
      name: 'health',
      description: 'Reports whether this region can serve',
      ...SMALL,
      environment: { ...this.variables.tables, ...this.variables.network, INBOX_URL: inboxQueue?.queue.queueUrl },
      permissions: [
        allow(['dynamodb:GetItem'], this.connectionsArn, tables.messages.tableArn),
        ...readInbox,
        ...readDrainMarks,
        ...readTables,
      ],
    });
  }

  private createFanout(): IFunction {
    const { tables, fanoutQueue, requestQuota } = this.props;
    const { fanOut, useTables } = this.permissions;
    const workers = fanoutWorkers(requestQuota);
    const target = this.createFunction({
      name: 'fanout',
      description: 'Posts to the subscribers of large channels',
      timeoutSeconds: FANOUT_TIMEOUT.toSeconds(),
      memoryMiB: WORKER_MEMORY,
      environment: {
        ...this.variables.tables,
        ...this.variables.fanOut,
        SHARDS_AT_ONCE: String(workers * BATCH_SIZE),
      },
      permissions: [
        ...fanOut,
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], this.connectionsArn),
        allow(['dynamodb:Query'], tables.messages.tableArn),
        ...this.permissions.receiveFrom(fanoutQueue.queue),
        ...useTables,
      ],
    });
    this.addSource('FanoutSource', { queue: fanoutQueue.queue, target, maxConcurrency: workers });
    return target;
  }

  private createWriter(queue: IQueue): IFunction {
    const { publish, useTables } = this.permissions;
    const target = this.createFunction({
      name: 'writer',
      description: 'Appends queued publishes to their logs',
      timeoutSeconds: WRITER_TIMEOUT.toSeconds(),
      memoryMiB: 1024,
      environment: this.variables.publish,
      permissions: [...publish, ...this.permissions.receiveFrom(queue), ...useTables],
    });
    this.addSource('WriterSource', { queue, target });
    return target;
  }

  private createInbox(queue: IQueue): IFunction {
    const { fanOut, recordInterest, useTables } = this.permissions;
    const target = this.createFunction({
      name: 'inbox',
      description: 'Delivers messages that were published in other regions',
      timeoutSeconds: INBOX_TIMEOUT.toSeconds(),
      memoryMiB: 1024,
      environment: { ...this.variables.connections, ...this.variables.network, ...this.variables.fanOut },
      permissions: [...fanOut, ...recordInterest, ...this.permissions.receiveFrom(queue), ...useTables],
    });
    this.addSource('InboxSource', { queue, target, maxConcurrency: INBOX_CONCURRENCY });
    return target;
  }

  private createDrain(): IFunction {
    const { post, readDrainMarks, readTables } = this.permissions;
    return this.createFunction({
      name: 'drain',
      description: 'Tells the connections of this region to move',
      timeoutSeconds: DRAIN_TIMEOUT_SECONDS,
      memoryMiB: 1024,
      environment: { ...this.variables.connections, ...this.variables.network, ...this.variables.post },
      permissions: [allow(['dynamodb:Scan'], this.connectionsArn), ...post, ...readDrainMarks, ...readTables],
      functionName: this.physicalName('drain'),
    });
  }

  private get connectionsArn(): string {
    return this.props.tables.connections.tableArn;
  }

  /** Name by which tools find a function of a network; outside a network, CloudFormation generates one. */
  private physicalName(part: NetworkPart): string | undefined {
    const { regionContext } = this.props;
    return regionContext === undefined ? undefined : partName(regionContext.networkName, part);
  }

  private createFunction(props: Omit<RealtimeFunctionProps, keyof FunctionDefaults>): IFunction {
    const { name, timeoutSeconds } = props;
    const { logRetention, removalPolicy } = this.props;
    const id = name.charAt(0).toUpperCase() + name.slice(1);
    const { function: fn, logGroup } = new RealtimeFunction(this, id, { ...props, logRetention, removalPolicy });
    this.monitored.push({ component: name, function: fn, logGroup, timeoutSeconds });
    return fn;
  }

  /** Has Lambda pass a queue's messages to a function. */
  private addSource(
    id: string,
    { queue, target, maxConcurrency }: { queue: IQueue; target: IFunction; maxConcurrency?: number },
  ): void {
    const source = new EventSourceMapping(this, id, {
      target,
      eventSourceArn: queue.queueArn,
      batchSize: BATCH_SIZE,
      reportBatchItemFailures: true,
      maxConcurrency,
    });
    Validations.of(source).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'Lambda supports no failure destination for SQS; the queue has a dead-letter queue of its own',
    });
  }
}
