import { Duration, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../gateway/wildcard';
import type { Namespace } from '../namespace';
import type { FunctionRole } from '../operations/roles';
import type { WatchedFunction } from '../operations/watched';
import type { PublishQueue } from '../storage/publish-queue';
import type { RealtimeTables } from '../storage/realtime-tables';
import { namespacesJson } from './namespaces';
import { type FunctionDefaults, RealtimeFunction } from './realtime-function';
import { allow, useKey } from './rights';
import type { TokenVerification } from './token-verification';

/** The writer keeps a part of it for an append with all its retries (lambda/writer). */
export const WRITER_TIMEOUT = Duration.seconds(30);
/** The most that Lambda takes from a FIFO queue at once. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const WRITER_BATCH = 10;

/** Props of {@link RealtimeFunctions}. */
export interface RealtimeFunctionsProps extends FunctionDefaults {
  /** The tables they work on. */
  readonly tables: RealtimeTables;
  /**
   * Where publishes of FIFO namespaces wait.
   *
   * @default - there is no such namespace
   */
  readonly publishQueue?: PublishQueue;
  /** What the NAMESPACES variable tells. */
  readonly namespaces: Namespace[];
  /** How tokens are verified. */
  readonly tokens: TokenVerification;
  /** Where posts to connections go: the stage's own execute-api address. */
  readonly callbackUrl: string;
  /** The ARN that `execute-api:ManageConnections` is allowed on. */
  readonly callbackArn: string;
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
  /** Behind `GET /health`. */
  public readonly health: IFunction;
  /** Behind the publish queue, if there is one. */
  public readonly writer?: IFunction;
  /** All of them, for alarms. */
  public readonly watched: readonly WatchedFunction[];

  public constructor(scope: Construct, id: string, props: RealtimeFunctionsProps) {
    super(scope, id);
    const { tables, tokens, publishQueue, logRetention, removalPolicy } = props;
    const connections = tables.connections.tableArn;
    const messages = tables.messages.tableArn;
    const key = tables.messages.encryptionKey;
    const readTables = useKey(this, key, 'dynamodb', ['kms:Decrypt', 'kms:DescribeKey']);
    const useTables = useKey(this, key, 'dynamodb', [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ]);

    const connectionsTable = { CONNECTIONS_TABLE: tables.connections.tableName };
    const bothTables = { ...connectionsTable, MESSAGES_TABLE: tables.messages.tableName };
    const publishing = {
      ...bothTables,
      NAMESPACES: namespacesJson(props.namespaces),
      ...(publishQueue === undefined ? {} : { PUBLISH_QUEUE_URL: publishQueue.queue.queueUrl }),
      // The AWS SDK's own variable: handlers need no setting for it. Never a custom domain, which answers 403.
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: props.callbackUrl,
    };
    const append = allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], messages);
    const post = allow(['execute-api:ManageConnections'], props.callbackArn);
    const enqueue =
      publishQueue === undefined
        ? []
        : [
            allow(['sqs:SendMessage'], publishQueue.queue.queueArn),
            ...useKey(this, key, 'sqs', ['kms:Decrypt', 'kms:GenerateDataKey']),
          ];
    const watched: WatchedFunction[] = [];
    this.watched = watched;
    const make = (
      asset: FunctionRole,
      description: string,
      size: { timeoutSeconds: number; memoryMiB: number },
      environment: Record<string, string>,
      permissions: PolicyStatement[],
    ): IFunction => {
      const made = new RealtimeFunction(this, asset.charAt(0).toUpperCase() + asset.slice(1), {
        ...{ asset, description, environment, permissions, logRetention, removalPolicy },
        ...size,
      });
      watched.push({ role: asset, function: made.function, logGroup: made.logGroup, ...size });
      return made.function;
    };

    // Short and on the way of every connect: enough CPU for a fast cold start.
    const small = { timeoutSeconds: 10, memoryMiB: 512 };
    // API Gateway waits 29 seconds; a fan-out that needs longer is cut, and cursors find the rest.
    const large = { timeoutSeconds: 25, memoryMiB: 1024 };
    this.authorizer = make(
      'authorizer',
      'Verifies the token of a connection',
      small,
      tokens.environment,
      tokens.permissions,
    );
    this.connect = make('connect', 'Records a connection', small, connectionsTable, [
      allow(['dynamodb:PutItem'], connections),
      ...useTables,
    ]);
    this.disconnect = make('disconnect', 'Forgets a connection and its subscriptions', small, connectionsTable, [
      allow(['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem'], connections),
      ...useTables,
    ]);
    this.message = make('message', 'Answers the frames of connections', large, publishing, [
      append,
      allow(
        ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        connections,
      ),
      post,
      ...enqueue,
      ...useTables,
    ]);
    this.publish = make(
      'publish',
      'Publishes by HTTP, or for functions that were granted it',
      large,
      { ...publishing, ...tokens.environment },
      [
        append,
        allow(['dynamodb:DeleteItem', 'dynamodb:Query'], connections),
        post,
        ...enqueue,
        ...tokens.permissions,
        ...useTables,
      ],
    );
    this.health = make('health', 'Tells whether this region can serve', small, bothTables, [
      allow(['dynamodb:GetItem'], connections, messages),
      ...readTables,
    ]);
    if (publishQueue !== undefined) {
      const { queueArn } = publishQueue.queue;
      this.writer = make(
        'writer',
        'Appends queued publishes to their logs',
        { timeoutSeconds: WRITER_TIMEOUT.toSeconds(), memoryMiB: 1024 },
        publishing,
        [
          append,
          allow(['dynamodb:DeleteItem', 'dynamodb:Query'], connections),
          post,
          allow(
            ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
            queueArn,
          ),
          ...useKey(this, key, 'sqs', ['kms:Decrypt']),
          ...useTables,
        ],
      );
      const source = new EventSourceMapping(this, 'WriterSource', {
        target: this.writer,
        eventSourceArn: queueArn,
        batchSize: WRITER_BATCH,
        reportBatchItemFailures: true,
      });
      Validations.of(source).acknowledge({
        id: 'Serverless-LambdaEventSourceMappingDestination',
        reason: 'Lambda has no failure destination for SQS: the queue has a dead-letter queue of its own',
      });
    }
    const anyConnection = 'A post goes to any connection of this one stage; connection ids are made at run time';
    for (const role of [this.message.role, this.publish.role, this.writer?.role]) {
      if (role !== undefined) acknowledgeWildcard(role, props.callbackArn, anyConnection);
    }
  }
}
