// Lambda's poller of a queue. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
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
  /** Milliseconds that a batch waits to fill. */
  readonly batchingWindow: number;
  /** Most invocations at once. */
  readonly maxConcurrency: number;
  /** The function names the messages that failed; without this, a batch succeeds or fails whole. */
  readonly reportsBatchItemFailures: boolean;
}

/** A batch is invoked with up to so many bytes. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching */
const MAX_EVENT = 6 * 1024 * 1024 - 1024;
/** What a record holds besides body and attributes, at most. Bytes. */
const RECORD_OVERHEAD = 2_048;
/** How long a poller waits for messages before it asks again. Milliseconds. */
const POLL_WAIT = 20_000;
/** Most messages that one request receives or deletes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const REQUEST_MESSAGES = 10;
/** How long it lets a queue be that failed it. Milliseconds. */
const FAILURE_DELAY = 1_000;

/** Receives messages of a queue, invokes a function with them, and deletes what it succeeded with. */
export class EventSourceMapping {
  private stopped = false;
  private running = 0;
  private freed: (() => void) | undefined;

  public constructor(
    private readonly queue: Queue,
    private readonly invoker: FunctionInvoker,
    private readonly clock: Clock,
    /** Told when the function can't be invoked at all. */
    private readonly onError: (error: unknown) => void,
    private readonly settings: EventSourceSettings,
    /** Whether SQS fails the poller right now, after as long as that takes. */
    private readonly isDisturbed: () => Promise<boolean> = () => Promise.resolve(false),
    /** Told of each request to SQS that Lambda would make, with the bytes of its messages; not of those that bring nothing. */
    private readonly onRequest: (operation: string, bytes: number) => void = () => undefined,
  ) {}

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
        .catch(this.onError)
        .finally(() => {
          this.running -= 1;
          this.freed?.();
        });
    }
  }

  private async fill(): Promise<readonly QueuedMessage[]> {
    const { batchSize, batchingWindow } = this.settings;
    if (await this.isDisturbed()) {
      await new Promise<void>((resolve) => this.clock.after(FAILURE_DELAY, resolve));
      return [];
    }
    const messages = this.receive(batchSize);
    if (messages.length === 0) {
      await this.queue.wait(POLL_WAIT);
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
      this.onRequest('ReceiveMessage', bytes);
    }
    return messages;
  }

  /** One after another, where the messages are too large for one invocation: so that groups stay in order. */
  private async process(messages: readonly QueuedMessage[]): Promise<void> {
    for (const part of inParts(messages)) {
      const succeeded = await this.invoke(part);
      if (!succeeded && this.queue.settings.fifo) return;
    }
  }

  /** @returns whether the function succeeded with all of them */
  private async invoke(messages: readonly QueuedMessage[]): Promise<boolean> {
    const { functionArn } = this.settings;
    const result = await this.invoker.invoke(functionArn, { Records: messages.map((one) => this.record(one)) });
    // What failed stays hidden until its visibility timeout ends, then it comes again or goes to the dead-letter queue.
    if (result.error !== undefined || result.throttled === true || result.tooLarge === true) return false;
    const failed = this.settings.reportsBatchItemFailures ? failuresOf(result.payload, messages) : new Set<string>();
    const succeeded = messages.filter(({ id }) => !failed.has(id));
    for (const { receipt } of succeeded) if (receipt !== undefined) this.queue.delete(receipt);
    for (const _ of inRequests(succeeded)) this.onRequest('DeleteMessageBatch', 0);
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

/** Parts of a batch that one request takes. */
function inRequests(messages: readonly QueuedMessage[]): readonly (readonly QueuedMessage[])[] {
  const count = Math.ceil(messages.length / REQUEST_MESSAGES);
  return Array.from({ length: count }, (_, i) => messages.slice(i * REQUEST_MESSAGES, (i + 1) * REQUEST_MESSAGES));
}

/** Parts of a batch whose records fit into one event. */
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

/** The ids that failed. An answer that names none it got, or is not of the documented shape, fails the whole batch. */
function failuresOf(payload: unknown, messages: readonly QueuedMessage[]): ReadonlySet<string> {
  const all = new Set(messages.map(({ id }) => id));
  const { batchItemFailures: failures } = (payload ?? {}) as { batchItemFailures?: unknown };
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const ids = failures.map((one) => (one as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  return ids.every((id): id is string => typeof id === 'string' && all.has(id)) ? new Set(ids) : all;
}

/** Attributes as event records write them: camel case. */
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
