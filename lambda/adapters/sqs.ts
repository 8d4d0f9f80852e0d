import type { SQSClient } from '@aws-sdk/client-sqs';
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

/** Loaded when it is first needed: functions that send to no queue don't pay for it at every cold start. */
export async function sqsClient({ region, attempts = 3, timeout = 3_000 }: SqsOptions = {}): Promise<SQSClient> {
  const { SQSClient: Client } = await import('@aws-sdk/client-sqs');
  return new Client({
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

/** A message's body: JSON, with the two characters escaped that SQS does not take. */
export function bodyOf(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (character) =>
    character === '\uFFFE' ? '\\ufffe' : '\\uffff',
  );
}
