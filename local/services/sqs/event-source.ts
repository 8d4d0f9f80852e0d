// An event source mapping: Lambda polls a queue and invokes a function. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
import type { Clock } from '../../support/clock';
import type { FunctionInvoker } from '../../types';
import { md5 } from './md5';
import { sizeOf, systemAttributes } from './messages';
import type { Queue, QueuedMessage } from './queue';

export interface EventSourceSettings {
  readonly queueArn: string;
  readonly functionArn: string;
  readonly region: string;
  /** Most messages of one invocation. */
  readonly batchSize: number;
  /** Maximum time that a batch waits to fill. Milliseconds. */
  readonly batchingWindow: number;
  /** Most invocations at once. */
  readonly maxConcurrency: number;
  /** Whether the function reports the messages that failed. Otherwise a batch succeeds or fails as a whole. */
  readonly reportsBatchItemFailures: boolean;
}

/** Largest event of one invocation. Bytes. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching */
const MAX_EVENT = 6 * 1024 * 1024 - 1024;
/** Upper bound of a record's size without its body and attributes. Bytes. */
const RECORD_OVERHEAD = 2_048;
/** How long one receive waits for messages, at most and by default. Milliseconds. */
const POLL_WAIT = 20_000;
/** Most messages of one receive or delete request. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const REQUEST_MESSAGES = 10;
/** Pause after a failed receive. Milliseconds. */
const FAILURE_DELAY = 1_000;

export interface EventSourceDeps {
  readonly queue: Queue;
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  /** Called when the function can't be invoked at all. */
  readonly onError: (error: unknown) => void;
  /** Whether the next receive fails; resolves after its delay. @default - receives never fail */
  readonly receiveFails?: () => Promise<boolean>;
  /** How long one receive waits for messages. A virtual clock skips idle time with few events when it is long. Milliseconds. @default 20,000 */
  readonly pollWait?: number;
  /** Called for each non-empty request to SQS that Lambda would make, with the size of its messages in bytes. */
  readonly onRequest?: (operation: string, bytes: number) => void;
}

/** Receives messages from a queue, invokes a function with them, and deletes those that the function processed. */
export class EventSourceMapping {
  private stopped = false;
  private running = 0;
  private freed: (() => void) | undefined;

  private readonly queue: Queue;
  private readonly clock: Clock;

  public constructor(
    private readonly settings: EventSourceSettings,
    private readonly deps: EventSourceDeps,
  ) {
    this.queue = deps.queue;
    this.clock = deps.clock;
  }

  public start(): void {
    void this.poll();
  }

  public stop(): void {
    this.stopped = true;
    this.freed?.();
  }

  private async poll(): Promise<void> {
    while (!this.stopped) {
      if (this.running >= this.settings.maxConcurrency) {
        await new Promise<void>((resolve) => {
          this.freed = resolve;
        });
        continue;
      }
      const messages = await this.fill();
      if (messages.length === 0) continue;
      this.running += 1;
      void this.process(messages)
        .catch(this.deps.onError)
        .finally(() => {
          this.running -= 1;
          this.freed?.();
        });
    }
  }

  private async fill(): Promise<readonly QueuedMessage[]> {
    const { batchSize, batchingWindow } = this.settings;
    if ((await this.deps.receiveFails?.()) === true) {
      await new Promise<void>((resolve) => this.clock.after(FAILURE_DELAY, resolve));
      return [];
    }
    const messages = this.receive(batchSize);
    if (messages.length === 0) {
      await this.queue.wait(this.deps.pollWait ?? POLL_WAIT);
      return [];
    }
    const until = this.clock.now() + batchingWindow;
    while (messages.length < batchSize && this.clock.now() < until && !this.stopped) {
      await this.queue.wait(until - this.clock.now());
      messages.push(...this.receive(batchSize - messages.length));
    }
    return messages;
  }

  private receive(max: number): QueuedMessage[] {
    const messages = [...this.queue.receive(max)];
    for (const part of inRequests(messages)) {
      const bytes = part.reduce((sum, { body, attributes }) => sum + sizeOf(body, attributes), 0);
      this.deps.onRequest?.('ReceiveMessage', bytes);
    }
    return messages;
  }

  /** Invokes the function with the batch, in sequential parts when it is too large for one event: message groups stay in order. */
  private async process(messages: readonly QueuedMessage[]): Promise<void> {
    for (const part of inParts(messages)) {
      const succeeded = await this.invoke(part);
      if (!succeeded && this.queue.settings.fifo) return;
    }
  }

  /** @returns whether the function processed all messages */
  private async invoke(messages: readonly QueuedMessage[]): Promise<boolean> {
    const { functionArn } = this.settings;
    const result = await this.deps.invoker.invoke(functionArn, { Records: messages.map((one) => this.record(one)) });
    // A failed message stays hidden until its visibility timeout ends. Then it is received again or moves to the dead-letter queue.
    if (result.error !== undefined || result.throttled === true || result.tooLarge === true) return false;
    const failed = this.settings.reportsBatchItemFailures ? failuresOf(result.payload, messages) : new Set<string>();
    const succeeded = messages.filter(({ id }) => !failed.has(id));
    for (const { receipt } of succeeded) if (receipt !== undefined) this.queue.delete(receipt);
    for (const _ of inRequests(succeeded)) this.deps.onRequest?.('DeleteMessageBatch', 0);
    return failed.size === 0;
  }

  private record(message: QueuedMessage): object {
    return {
      messageId: message.id,
      receiptHandle: message.receipt,
      body: message.body,
      attributes: systemAttributes(message),
      messageAttributes: recordAttributes(message.attributes),
      md5OfBody: md5(message.body),
      eventSource: 'aws:sqs',
      eventSourceARN: this.settings.queueArn,
      awsRegion: this.settings.region,
    };
  }
}

/** Splits a batch by the maximum number of messages of one request. */
function inRequests(messages: readonly QueuedMessage[]): readonly (readonly QueuedMessage[])[] {
  const count = Math.ceil(messages.length / REQUEST_MESSAGES);
  return Array.from({ length: count }, (_, i) => messages.slice(i * REQUEST_MESSAGES, (i + 1) * REQUEST_MESSAGES));
}

/** Splits a batch by the maximum size of one event. */
function inParts(messages: readonly QueuedMessage[]): readonly (readonly QueuedMessage[])[] {
  const parts: QueuedMessage[][] = [];
  let left = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(JSON.stringify([message.body, message.attributes])) + RECORD_OVERHEAD;
    if (size > left || parts.length === 0) {
      parts.push([]);
      left = MAX_EVENT;
    }
    parts.at(-1)?.push(message);
    left -= size;
  }
  return parts;
}

/** Ids of the failed messages. A malformed answer, or one with an unknown id, fails the whole batch. */
function failuresOf(payload: unknown, messages: readonly QueuedMessage[]): ReadonlySet<string> {
  const all = new Set(messages.map(({ id }) => id));
  const { batchItemFailures: failures } = (payload ?? {}) as { batchItemFailures?: unknown };
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const ids = failures.map((one) => (one as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  return ids.every((id): id is string => typeof id === 'string' && all.has(id)) ? new Set(ids) : all;
}

/** Message attributes in the camel case of event records. */
function recordAttributes(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes as Record<string, { DataType?: string; StringValue?: string; BinaryValue?: string }>).map(
      ([name, { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue }]) => [
        name,
        { dataType, stringValue, binaryValue, stringListValues: [], binaryListValues: [] },
      ],
    ),
  );
}
