import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Namespace } from '../namespace';
import type { RealtimeTables } from '../storage/realtime-tables';
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
    const keys = [tables.connections, tables.messages].flatMap(({ encryptionKey }) =>
      encryptionKey ? [encryptionKey.keyArn] : [],
    );
    const useKeys =
      keys.length === 0 ? [] : [allow(['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'], ...new Set(keys))];

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
      ...useKeys,
    ]);
    this.disconnect = make('disconnect', 'Forgets a connection and its subscriptions', small, connectionsTable, [
      allow(['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem'], connections),
      ...useKeys,
    ]);
    this.message = make('message', 'Answers the frames of connections', large, publishing, [
      append,
      allow(
        ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        connections,
      ),
      post,
      ...useKeys,
    ]);
    this.publish = make(
      'publish',
      'Publishes by HTTP, or for functions that were granted it',
      large,
      { ...publishing, ...tokens.environment },
      [append, allow(['dynamodb:DeleteItem', 'dynamodb:Query'], connections), post, ...tokens.permissions, ...useKeys],
    );
    this.health = make('health', 'Tells whether this region can serve', small, bothTables, [
      allow(['dynamodb:GetItem'], connections, messages),
      ...useKeys,
    ]);
  }
}

/** The NAMESPACES variable, as lambda/core/namespaces.ts reads it. */
export function namespacesJson(namespaces: readonly Namespace[]): string {
  const entries = namespaces.map(
    ({ name, kind, retention }) => [name, { kind, retention: retention.toSeconds() }] as const,
  );
  return JSON.stringify(Object.fromEntries(entries));
}

function allow(actions: string[], ...resources: string[]): PolicyStatement {
  return new PolicyStatement({ actions, resources });
}
