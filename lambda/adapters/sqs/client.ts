import { createHash } from 'node:crypto';
import { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from '../../core/runtime';
import { RealtimeError } from '../../../protocol';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Options of an SQS client. */
export interface SqsOptions {
  /** Region of the queues. @default - this region */
  readonly region?: string;
  /** Attempts of a request. @default 3 */
  readonly attempts?: number;
  /** Timeout of an attempt. Milliseconds. @default 3000 */
  readonly timeout?: number;
}

/**
 * An SQS client. Callers create it on first use, since most functions never send to a queue. The SDK is imported statically: an
 * `import()` would keep all code that SQS shares with DynamoDB in the bundle, and take longer to load (docs/experiments/performance.md).
 */
export function sqsClient({ region, attempts = 3, timeout = 3_000 }: SqsOptions = {}): SQSClient {
  return new SQSClient({
    region,
    maxAttempts: attempts,
    // Shorter than the function's timeout. Without `throwOnRequestTimeout`, the timeout only logs a warning.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: Math.min(1_000, timeout),
      requestTimeout: timeout,
      throwOnRequestTimeout: true,
    }),
  });
}

/** Error codes of SQS for throttling. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors */
export const THROTTLES: ReadonlySet<string> = new Set([
  'RequestThrottled',
  'ThrottlingException',
  'OverLimit',
  'KmsThrottled',
]);

/** Awaits a call that sends, and maps its errors to those of the catalog, with the cause for the log. */
export async function translateErrors<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const isThrottled = error instanceof Error && THROTTLES.has(error.name);
    throw new RealtimeError(isThrottled ? 'throttled' : 'store_unavailable', undefined, { cause: error });
  }
}

/** The new visibility timeout of a received message. */
export interface VisibilityChange {
  readonly receipt: string;
  readonly seconds: number;
}

export interface VisibilityChanges {
  readonly client: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  readonly messages: readonly VisibilityChange[];
  readonly logger: Logger;
}

/** Makes messages visible sooner than the queue's visibility timeout does. Best effort: never throws. */
export async function changeVisibility({ client, queueUrl, messages, logger }: VisibilityChanges): Promise<void> {
  const Entries = messages.map(({ receipt, seconds }, i) => ({
    Id: String(i),
    ReceiptHandle: receipt,
    VisibilityTimeout: seconds,
  }));
  try {
    const { Failed = [] } = await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
    if (Failed.length > 0) logger.warn('messages could not be made visible sooner', { failed: Failed });
  } catch (error) {
    // The messages become visible when the queue's visibility timeout ends.
    logger.warn('messages could not be made visible sooner', { error });
  }
}

/** SHA-256 in base64url: short, and of characters that group and deduplication ids allow. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Body of a message: JSON, with the two characters escaped that SQS rejects. */
export function bodyOf(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (character) =>
    character === '\uFFFE' ? '\\ufffe' : '\\uffff',
  );
}
