import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { TableKey } from '../../../lib/contract/tables';
import { RealtimeError } from '../../../protocol';

/** A row: `pk` and `sk`, and attributes with names of one or two characters, so that many rows fit one page. */
export type Row = Readonly<Record<string, unknown>> & TableKey;

/** Options of the document client. */
export interface DocumentClientOptions {
  /** Attempts of a request, the first included. @default 3 */
  readonly attempts?: number;
  /** Timeout of an attempt. Milliseconds. @default 3000 */
  readonly timeout?: number;
}

/** Creates the document client, once for each instance. The SDK takes region and endpoint from its environment variables. */
export function documentClient({ attempts = 3, timeout = 3_000 }: DocumentClientOptions = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: attempts,
    // A request that hangs is retried well within the function's timeout. Without throwOnRequestTimeout, the SDK only warns.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: Math.min(1_000, timeout),
      requestTimeout: timeout,
      throwOnRequestTimeout: true,
    }),
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'LimitExceededException',
]);

/** Turns an error of a database call into one of the error catalog, with the cause. A failed condition is thrown as it is. */
export async function storing<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'ConditionalCheckFailedException') throw error;
    if (THROTTLES.has(name)) throw new RealtimeError('throttled', undefined, { cause: error });
    throw new RealtimeError('store_unavailable', undefined, { cause: error });
  }
}

/** The result of a conditional write; undefined when its condition failed. Other errors are those of `storing`. */
export async function storingIf<T extends object>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await storing(write);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** The row that made a conditional write fail. @throws the error, when it is another one */
export function existingRow(error: unknown): Row {
  // lib-dynamodb unmarshals results, but not the item of an exception.
  if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
  const plain = Object.entries(error.Item).map(([name, { S, N }]) => [name, N === undefined ? S : Number(N)] as const);
  return Object.fromEntries(plain) as unknown as Row;
}

/** Milliseconds as seconds, the unit of DynamoDB's TTL. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
