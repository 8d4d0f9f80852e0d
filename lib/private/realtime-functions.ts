import { Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../gateway/wildcard';
import type { Namespace } from '../namespace';
import type { RealtimeTables } from '../storage/realtime-tables';
import { namespacesJson } from './namespaces';
import { type FunctionDefaults, RealtimeFunction } from './realtime-function';
import type { TokenVerification } from './token-verification';

/** Props of {@link RealtimeFunctions}. */
export interface RealtimeFunctionsProps extends FunctionDefaults {
  /** The tables they work on. */
  readonly tables: RealtimeTables;
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

  public constructor(scope: Construct, id: string, props: RealtimeFunctionsProps) {
    super(scope, id);
    const { tables, tokens, logRetention, removalPolicy } = props;
    const connections = tables.connections.tableArn;
    const messages = tables.messages.tableArn;
    const readTables = useKey(this, tables.messages, ['kms:Decrypt', 'kms:DescribeKey']);
    const useTables = useKey(this, tables.messages, [
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
      // The AWS SDK's own variable: handlers need no setting for it. Never a custom domain, which answers 403.
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: props.callbackUrl,
    };
    const append = allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], messages);
    const post = allow(['execute-api:ManageConnections'], props.callbackArn);
    const make = (
      asset: string,
      description: string,
      size: { timeoutSeconds: number; memoryMiB: number },
      environment: Record<string, string>,
      permissions: PolicyStatement[],
    ): IFunction =>
      new RealtimeFunction(this, asset.charAt(0).toUpperCase() + asset.slice(1), {
        ...{ asset, description, environment, permissions, logRetention, removalPolicy },
        ...size,
      }).function;

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
        ...tokens.permissions,
        ...useTables,
      ],
    );
    this.health = make('health', 'Tells whether this region can serve', small, bothTables, [
      allow(['dynamodb:GetItem'], connections, messages),
      ...readTables,
    ]);
    const anyConnection = 'A post goes to any connection of this one stage; connection ids are made at run time';
    for (const { role } of [this.message, this.publish]) {
      if (role !== undefined) acknowledgeWildcard(role, props.callbackArn, anyConnection);
    }
  }
}

/**
 * The rights on a customer's key that go with the use of a table: what DynamoDB asks of whoever calls it, and only in
 * calls that DynamoDB makes. Empty when AWS owns the key.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
function useKey(scope: Construct, { encryptionKey }: ITableV2, actions: string[]): PolicyStatement[] {
  if (encryptionKey === undefined) return [];
  // The end of the service's name is not the same in every partition.
  const conditions = { StringLike: { 'kms:ViaService': `dynamodb.${Stack.of(scope).region}.*` } };
  return [new PolicyStatement({ actions, resources: [encryptionKey.keyArn], conditions })];
}

function allow(actions: string[], ...resources: string[]): PolicyStatement {
  return new PolicyStatement({ actions, resources });
}
