import { createHash } from 'node:crypto';
import { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from '../../core/runtime';
import { RealtimeError } from '../../../protocol';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** How a client of SQS is made. */
export interface SqsOptions {
  /** The region of the queues. @default - this one */
  readonly region?: string;
  /** How often a request is tried. @default 3 */
  readonly attempts?: number;
  /** Until a request is given up. Milliseconds. @default 3000 */
  readonly timeout?: number;
}

/**
 * Made when it is first needed: most functions never send to a queue. Its code is imported in the ordinary way: for an `import()`,
 * all that SQS shares with DynamoDB is kept whole in the bundle, and loading it takes longer (docs/experiments/performance.md).
 */
export function sqsClient({ region, attempts = 3, timeout = 3_000 }: SqsOptions = {}): SQSClient {
  return new SQSClient({
    ...(region === undefined ? {} : { region }),
    maxAttempts: attempts,
    // A request that hangs is given up well within the function's timeout; without `throw…`, the limit only warns.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: Math.min(1_000, timeout),
      requestTimeout: timeout,
      throwOnRequestTimeout: true,
    }),
  });
}

/** What SQS calls it when it is asked too much. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors */
export const THROTTLES: ReadonlySet<string> = new Set([
  ...['RequestThrottled', 'ThrottlingException', 'OverLimit', 'KmsThrottled'],
]);

/** Runs a call that sends; what it throws becomes an error of the catalog, with the cause kept for the log. */
export async function sending<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const isThrottled = error instanceof Error && THROTTLES.has(error.name);
    throw new RealtimeError(isThrottled ? 'throttled' : 'store_unavailable', undefined, { cause: error });
  }
}

/** A message that was received, and in how many seconds it is to be received again. */
export interface Again {
  readonly receipt: string;
  readonly seconds: number;
}

/** Lets messages be received again sooner than the queue's visibility timeout would. At best effort: never throws. */
export async function receiveSooner(
  client: Pick<SQSClient, 'send'>,
  QueueUrl: string,
  messages: readonly Again[],
  logger: Logger,
): Promise<void> {
  const Entries = messages.map(({ receipt, seconds }, i) => ({
    ...{ Id: String(i), ReceiptHandle: receipt, VisibilityTimeout: seconds },
  }));
  try {
    const { Failed = [] } = await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    if (Failed.length > 0) logger.warn('messages could not be made visible sooner', { failed: Failed });
  } catch (error) {
    // They are received again when the queue's own visibility timeout ends.
    logger.warn('messages could not be made visible sooner', { error });
  }
}

/** Short and of allowed characters, for group and deduplication ids. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** A message's body: JSON, with the two characters escaped that SQS does not take. */
export function bodyOf(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (character) =>
    character === '\uFFFE' ? '\\ufffe' : '\\uffff',
  );
}
