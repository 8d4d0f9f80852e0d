import { Duration, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../util/nag';
import type { Namespace } from '../namespace';
import type { WatchedFunction } from '../monitoring/monitored-resources';
import type { Inbox } from '../queues/inbox-queue';
import { FunctionRights, type FunctionRightsProps } from './function-permissions';
import { networkVariables } from '../network/region-context';
import type { HandlerEnvironment } from '../contract/environment';
import type { FunctionName } from '../contract/functions';
import { DRAIN_TIMEOUT_SECONDS } from '../contract/limits';
import { type NetworkPart, partName } from '../contract/names';
import { namespacesJson } from '../namespace-checks';
import { type FunctionDefaults, RealtimeFunction } from './realtime-function';
import { fanoutWorkers } from './request-quota';
import { allow } from '../util/iam';
import type { TokenVerification } from '../auth/token-verification';

/** The writer keeps a part of it for an append with all its retries (lambda/handlers/writer.ts). */
export const WRITER_TIMEOUT = Duration.seconds(30);
/** A batch of ten messages, each to all its subscribers. */
export const INBOX_TIMEOUT = Duration.seconds(25);
/**
 * Ten shards of some 600 subscribers are posts for two seconds. A worker that dies holds its shards up for twice as long
 * (lib/queues/fanout-queue.ts).
 */
export const FANOUT_TIMEOUT = Duration.seconds(10);
/**
 * The most that Lambda takes from a FIFO queue at once, and from a standard one without waiting for more.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
const BATCH = 10;
/**
 * So many instances of the inbox at most, a tenth of what an account has at first. When the clients of a failed region arrive,
 * so do messages for them, and connects, publishes and health checks need what the rest of the account's concurrency is. What
 * waits meanwhile is not lost: clients find it in the log. Without a limit, Lambda would receive more than it can run, and
 * three times is enough for the dead-letter queue.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const INBOX_CONCURRENCY = 100;
/** Short and on the way of every connect: enough CPU for a fast cold start. */
const SMALL = { timeoutSeconds: 10, memoryMiB: 512 };
/** API Gateway waits 29 seconds; a fan-out that needs longer is cut, and cursors find the rest. */
const LARGE = { timeoutSeconds: 25, memoryMiB: 1024 };

/** One vCPU, which is what posting uses. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const WORKER_MEMORY = 1769;
/** A page of connections, each told once. */
const DRAIN = { timeoutSeconds: DRAIN_TIMEOUT_SECONDS, memoryMiB: 1024 };

/** Props of {@link RealtimeFunctions}. */
export interface RealtimeFunctionsProps extends FunctionDefaults, FunctionRightsProps {
  /** What the NAMESPACES variable tells. */
  readonly namespaces: Namespace[];
  /** How tokens are verified. */
  readonly tokens: TokenVerification;
  /** Where posts to connections go: the stage's own execute-api address. */
  readonly callbackUrl: string;
  /** Requests a second that the account may make of API Gateway. */
  readonly requestQuota: number;
  /**
   * Where other regions send what was published there.
   *
   * @default - there are no other regions
   */
  readonly inbox?: Inbox;
}

/** The functions of one region, each with the least rights that its handler needs. */
export class RealtimeFunctions extends Construct {
  /** Verifies the token of a connection. */
  public readonly authorizer: IFunction;
  /** Behind `$connect`. */
  public readonly connect: IFunction;
  /** Behind `$disconnect`. */
  public readonly disconnect: IFunction;
  /** Behind `$default`: every action of a client. */
  public readonly message: IFunction;
  /** Behind `POST /v1/channels/{channel}/messages`, and invoked by grantees. */
  public readonly publish: IFunction;
  /** Behind `GET /health`, and in a network `GET /evacuated/{region}`. */
  public readonly health: IFunction;
  /** Behind the fan-out queue: sends to large channels. */
  public readonly fanout: IFunction;
  /** Behind the publish queue, if there is one. */
  public readonly writer?: IFunction;
  /** Behind the inbox, if there are other regions. */
  public readonly inbox?: IFunction;
  /** Invoked by whoever evacuates the region, if there are others. */
  public readonly drain?: IFunction;
  /** All of them, for alarms. */
  public readonly watched: WatchedFunction[] = [];
  private readonly defaults: FunctionDefaults;

  public constructor(scope: Construct, id: string, props: RealtimeFunctionsProps) {
    super(scope, id);
    const { tables, tokens, fanoutQueue, publishQueue, inbox, membership, logRetention, removalPolicy } = props;
    this.defaults = { logRetention, removalPolicy };
    const connections = tables.connections.tableArn;
    const messages = tables.messages.tableArn;
    const rights = new FunctionRights(this, props);
    const named = (part: NetworkPart): string | undefined =>
      membership === undefined ? undefined : partName(membership.network, part);

    const connectionsTable = { CONNECTIONS_TABLE: tables.connections.tableName };
    const bothTables = { ...connectionsTable, MESSAGES_TABLE: tables.messages.tableName };
    const network = membership === undefined ? {} : networkVariables(this, membership);
    // The AWS SDK's own variable: handlers need no setting for it. Never a custom domain, which answers 403.
    const callback = {
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: props.callbackUrl,
      REQUEST_QUOTA: String(props.requestQuota),
    };
    const fanningOut = { ...callback, FANOUT_QUEUE_URL: fanoutQueue.queue.queueUrl };
    const publishing = {
      ...{ ...bothTables, ...network, ...fanningOut },
      NAMESPACES: namespacesJson(props.namespaces),
      ...(publishQueue === undefined ? {} : { PUBLISH_QUEUE_URL: publishQueue.queue.queueUrl }),
    };

    this.authorizer = this.make(
      'authorizer',
      'Verifies the token of a connection',
      SMALL,
      tokens.environment,
      tokens.permissions,
    );
    this.connect = this.make('connect', 'Records a connection', SMALL, connectionsTable, [
      allow(['dynamodb:PutItem'], connections),
      ...rights.useTables,
    ]);
    this.disconnect = this.make('disconnect', 'Forgets a connection and its subscriptions', SMALL, connectionsTable, [
      allow(['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem'], connections),
      ...rights.useTables,
    ]);
    this.message = this.make('message', 'Answers the frames of connections', LARGE, publishing, [
      ...rights.publish,
      allow(['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], connections),
      ...rights.noteInterest,
      ...rights.enqueue,
      ...rights.useTables,
    ]);
    this.publish = this.make(
      'publish',
      'Publishes by HTTP, or for functions that were granted it',
      LARGE,
      { ...publishing, ...tokens.environment },
      [...rights.publish, ...rights.enqueue, ...tokens.permissions, ...rights.useTables],
      named('publish'),
    );
    const ownInbox = inbox?.queue;
    this.health = this.make(
      'health',
      'Tells whether this region can serve',
      SMALL,
      { ...bothTables, ...network, ...(ownInbox === undefined ? {} : { INBOX_URL: ownInbox.queueUrl }) },
      [
        allow(['dynamodb:GetItem'], connections, messages),
        ...(ownInbox === undefined ? [] : [allow(['sqs:GetQueueAttributes'], ownInbox.queueArn)]),
        ...rights.readMarks,
        ...rights.readTables,
      ],
    );
    const workers = fanoutWorkers(props.requestQuota);
    this.fanout = this.make(
      'fanout',
      'Sends to the subscribers of large channels',
      { timeoutSeconds: FANOUT_TIMEOUT.toSeconds(), memoryMiB: WORKER_MEMORY },
      { ...bothTables, ...fanningOut, SHARDS_AT_ONCE: String(workers * BATCH) },
      [
        ...rights.fanOut,
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], connections),
        allow(['dynamodb:Query'], messages),
        ...rights.receive(fanoutQueue.queue),
        ...rights.useTables,
      ],
    );
    this.addSource('FanoutSource', fanoutQueue.queue, this.fanout, workers);
    if (publishQueue !== undefined) {
      const { queue } = publishQueue;
      const size = { timeoutSeconds: WRITER_TIMEOUT.toSeconds(), memoryMiB: 1024 };
      this.writer = this.make('writer', 'Appends queued publishes to their logs', size, publishing, [
        ...rights.publish,
        ...rights.receive(queue),
        ...rights.useTables,
      ]);
      this.addSource('WriterSource', queue, this.writer);
    }
    if (inbox !== undefined) {
      const environment = { ...connectionsTable, ...network, ...fanningOut };
      const size = { timeoutSeconds: INBOX_TIMEOUT.toSeconds(), memoryMiB: 1024 };
      this.inbox = this.make('inbox', 'Passes on what was published in other regions', size, environment, [
        ...rights.fanOut,
        ...rights.noteInterest,
        ...rights.receive(inbox.queue),
        ...rights.useTables,
      ]);
      this.addSource('InboxSource', inbox.queue, this.inbox, INBOX_CONCURRENCY);
      this.drain = this.make(
        'drain',
        'Tells the connections of this region to move',
        DRAIN,
        { ...connectionsTable, ...network, ...callback },
        [allow(['dynamodb:Scan'], connections), ...rights.post, ...rights.readMarks, ...rights.readTables],
        named('drain'),
      );
    }
    const anyConnection = 'A post goes to any connection of this one stage; connection ids are made at run time';
    for (const poster of [this.message, this.publish, this.fanout, this.writer, this.inbox, this.drain]) {
      if (poster?.role !== undefined) acknowledgeWildcard(poster.role, props.callbackArn, anyConnection);
    }
  }

  private make(
    asset: FunctionName,
    description: string,
    size: { readonly timeoutSeconds: number; readonly memoryMiB: number },
    environment: HandlerEnvironment,
    permissions: PolicyStatement[],
    functionName?: string,
  ): IFunction {
    const made = new RealtimeFunction(this, asset.charAt(0).toUpperCase() + asset.slice(1), {
      ...{ asset, description, environment, permissions, ...size, ...this.defaults },
      ...(functionName === undefined ? {} : { functionName }),
    });
    this.watched.push({ role: asset, function: made.function, logGroup: made.logGroup, ...size });
    return made.function;
  }

  /** Has Lambda pass a queue's messages to a function. */
  private addSource(id: string, queue: IQueue, target: IFunction, maxConcurrency?: number): void {
    const source = new EventSourceMapping(this, id, {
      target,
      eventSourceArn: queue.queueArn,
      batchSize: BATCH,
      reportBatchItemFailures: true,
      ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    });
    Validations.of(source).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'Lambda has no failure destination for SQS: the queue has a dead-letter queue of its own',
    });
  }
}
