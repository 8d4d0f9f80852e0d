import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { TableKey } from '../../../lib/contract/tables';
import { RealtimeError } from '../../../protocol';

/** A row of either table: `pk` and `sk`, and attributes of one or two characters, so that many rows fit one page. */
export type Row = Readonly<Record<string, unknown>> & TableKey;

/** How the document client is made. */
export interface DocumentClientOptions {
  /** How often a request is tried. @default 3 */
  readonly attempts?: number;
  /** Until a request is given up. Milliseconds. @default 3000 */
  readonly timeout?: number;
}

/** The document client, made once an instance; region and endpoint come from the SDK's own environment variables. */
export function documentClient({ attempts = 3, timeout = 3_000 }: DocumentClientOptions = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: attempts,
    // A request that hangs is tried again well within the function's timeout; without `throw…`, the limit only warns.
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

/** Runs a call of the database; what it throws becomes an error of the catalog, with the cause kept for the log. */
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

/** DynamoDB's TTL counts in seconds. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
