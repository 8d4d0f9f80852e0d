import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../support/clock';
import { Meter } from '../../metering';
import type { AwsRequest, AwsResponse, AwsService } from '../../types';
import { batchError, entriesOf, runBatch } from './batch';
import { meterRequest, payloadOf } from './billing';
import { invalidParameter, missingParameter, noSuchQueue, SqsError } from './errors';
import { md5, md5OfAttributes } from './md5';
import { hasOnlyValidCharacters, sizeOf, toWire } from './messages';
import { Queue, type QueueSettings } from './queue';

export { Queue, type QueuedMessage, type QueueSettings, type SendOptions } from './queue';

export interface SqsOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Base of queue URLs. */
  readonly baseUrl: () => string;
  readonly meter?: Meter;
}

type Fields = Readonly<Record<string, unknown>>;
type Handler = (fields: Fields) => object | Promise<object>;

/** Largest message and largest batch: 1 MiB. Bytes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MAX_BYTES = 1024 * 1024;
/** Longest visibility timeout, delay and wait, in seconds. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const MAX_VISIBILITY = 43_200;
const MAX_DELAY = 900;
const MAX_WAIT = 20;

/** SQS of one region, over the AWS JSON protocol. */
export class SqsService implements AwsService {
  private readonly queues = new Map<string, Queue>();
  private readonly meter: Meter;
  private stopped = false;

  private readonly operations: Readonly<Record<string, Handler>> = {
    GetQueueUrl: ({ QueueName: name }) => ({ QueueUrl: this.url(this.byName(String(name)).settings.name) }),
    ListQueues: ({ QueueNamePrefix: prefix = '' }) => ({
      QueueUrls: [...this.queues.keys()]
        .filter((name) => name.startsWith(String(prefix)))
        .map((name) => this.url(name)),
    }),
    GetQueueAttributes: (fields) => this.attributes(this.queue(fields), names(fields, 'AttributeNames')),
    PurgeQueue: (fields) => {
      this.queue(fields).purge();
      return {};
    },
    SendMessage: (fields) => send(this.queue(fields), fields),
    SendMessageBatch: (fields) => {
      const queue = this.queue(fields);
      const bytes = entriesOf(fields).reduce((sum, entry) => sum + sizeOfEntry(entry), 0);
      if (bytes > MAX_BYTES) {
        throw batchError('BatchRequestTooLong', `Batch requests cannot be longer than ${MAX_BYTES} bytes.`);
      }
      return runBatch(fields, (entry) => send(queue, entry));
    },
    ReceiveMessage: (fields) => this.receive(this.queue(fields), fields),
    DeleteMessage: (fields) => remove(this.queue(fields), fields),
    DeleteMessageBatch: (fields) => {
      const queue = this.queue(fields);
      return runBatch(fields, (entry) => remove(queue, entry));
    },
    ChangeMessageVisibility: (fields) => changeVisibility(this.queue(fields), fields),
    ChangeMessageVisibilityBatch: (fields) => {
      const queue = this.queue(fields);
      return runBatch(fields, (entry) => changeVisibility(queue, entry));
    },
  };

  public constructor(private readonly options: SqsOptions) {
    this.meter = options.meter ?? new Meter();
  }

  /** Creates a queue. Its dead-letter queue may be created later. */
  public addQueue(settings: QueueSettings, deadLetterArn?: string): Queue {
    const hash = (body: string): string => createHash('sha256').update(body).digest('hex');
    const queue = new Queue(settings, { clock: this.options.clock, newId: randomUUID, hash });
    if (deadLetterArn !== undefined)
      queue.toDeadLetter = (message) => this.find(deadLetterArn)?.acceptDeadLetter(message);
    this.queues.set(settings.name, queue);
    return queue;
  }

  public url(name: string): string {
    return `${this.options.baseUrl()}/${this.options.accountId}/${name}`;
  }

  public arn(name: string): string {
    return `arn:aws:sqs:${this.options.region}:${this.options.accountId}:${name}`;
  }

  public all(): readonly Queue[] {
    return [...this.queues.values()];
  }

  /** A queue by name, URL or ARN. */
  public find(id: string): Queue | undefined {
    return this.queues.get(id.split(/[/:]/).at(-1) ?? id);
  }

  public async handle({ operation, json }: AwsRequest): Promise<AwsResponse> {
    try {
      const handler = Object.hasOwn(this.operations, operation) ? this.operations[operation] : undefined;
      if (handler === undefined) {
        const message = `The local cloud does not emulate the SQS operation ${operation}`;
        throw batchError('UnsupportedOperation', message);
      }
      const fields = json() as Fields;
      const result = await handler(fields);
      const { QueueUrl: url } = fields;
      const queue = typeof url === 'string' ? this.find(url) : undefined;
      meterRequest(this.meter, queue?.settings, operation, payloadOf(operation, fields, result));
      return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(result) };
    } catch (error) {
      if (error instanceof SqsError) return error.toResponse();
      throw error;
    }
  }

  public stop(): Promise<void> {
    this.stopped = true;
    for (const queue of this.queues.values()) queue.stop();
    return Promise.resolve();
  }

  private async receive(queue: Queue, fields: Fields): Promise<object> {
    const max = integer(fields, 'MaxNumberOfMessages', 1, 10) ?? 1;
    const wait = integer(fields, 'WaitTimeSeconds', 0, MAX_WAIT);
    const visibility = integer(fields, 'VisibilityTimeout', 0, MAX_VISIBILITY);
    const system = [...names(fields, 'AttributeNames'), ...names(fields, 'MessageSystemAttributeNames')];
    const wanted = names(fields, 'MessageAttributeNames');
    const { clock } = this.options;
    const until = clock.now() + (wait === undefined ? queue.settings.receiveWait : wait * 1000);
    for (;;) {
      const messages = queue.receive(max, visibility === undefined ? undefined : visibility * 1000);
      if (messages.length > 0) return { Messages: messages.map((one) => toWire(one, system, wanted)) };
      const left = until - clock.now();
      if (left <= 0 || this.stopped) return {};
      await queue.wait(left);
    }
  }

  private attributes(queue: Queue, wanted: readonly string[]): object {
    const { name, visibilityTimeout, delay, retention, fifo, receiveWait, maxBytes } = queue.settings;
    const { visible, inFlight, delayed } = queue.counts();
    const all = {
      QueueArn: this.arn(name),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      VisibilityTimeout: String(visibilityTimeout / 1000),
      DelaySeconds: String(delay / 1000),
      MessageRetentionPeriod: String(retention / 1000),
      MaximumMessageSize: String(maxBytes),
      ReceiveMessageWaitTimeSeconds: String(receiveWait / 1000),
      ...(fifo ? { FifoQueue: 'true' } : {}),
    };
    const given = Object.entries(all).filter(([one]) => wanted.includes('All') || wanted.includes(one));
    return given.length === 0 ? {} : { Attributes: Object.fromEntries(given) };
  }

  private queue({ QueueUrl: url }: Fields): Queue {
    if (typeof url !== 'string') throw missingParameter('QueueUrl');
    return this.byName(url);
  }

  private byName(id: string): Queue {
    const queue = this.find(id);
    if (queue === undefined) throw noSuchQueue();
    return queue;
  }
}

function send(queue: Queue, fields: Fields): object {
  const { MessageBody: body, MessageAttributes: attributes = {}, MessageGroupId: group } = fields;
  const { MessageDeduplicationId: deduplication } = fields;
  const { fifo, contentBasedDeduplication, maxBytes } = queue.settings;
  if (typeof body !== 'string' || body === '') throw missingParameter('MessageBody');
  if (!hasOnlyValidCharacters(body)) {
    const message =
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD';
    throw new SqsError('InvalidMessageContents', 'InvalidMessageContents', message);
  }
  if (sizeOfEntry(fields) > maxBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`,
    );
  }
  const delay = integer(fields, 'DelaySeconds', 0, MAX_DELAY);
  if (fifo && typeof group !== 'string') throw missingParameter('MessageGroupId');
  if (fifo && deduplication === undefined && !contentBasedDeduplication) {
    throw invalidParameter(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  if (fifo && delay !== undefined) throw notForThisQueue('DelaySeconds', delay);
  if (!fifo && deduplication !== undefined) throw notForThisQueue('MessageDeduplicationId', deduplication);
  const message = queue.send({
    body,
    attributes: attributes as Fields,
    delay: delay === undefined ? undefined : delay * 1000,
    groupId: typeof group === 'string' ? group : undefined,
    deduplicationId: typeof deduplication === 'string' ? deduplication : undefined,
  });
  const digest = md5OfAttributes(attributes as Fields);
  return {
    MessageId: message.id,
    MD5OfMessageBody: md5(body),
    MD5OfMessageAttributes: digest,
    SequenceNumber: message.sequenceNumber,
  };
}

function remove(queue: Queue, fields: Fields): object {
  queue.delete(receiptOf(fields));
  return {};
}

function changeVisibility(queue: Queue, fields: Fields): object {
  const receipt = receiptOf(fields);
  const timeout = integer(fields, 'VisibilityTimeout', 0, MAX_VISIBILITY);
  if (timeout === undefined) throw missingParameter('VisibilityTimeout');
  if (queue.changeVisibility(receipt, timeout * 1000)) return {};
  const reason = 'Reason: Message does not exist or is not available for visibility timeout change.';
  throw batchError('MessageNotInflight', `Value ${receipt} for parameter ReceiptHandle is invalid. ${reason}`);
}

/** Rejects a receipt handle that is malformed; one of a deleted message is valid. */
function receiptOf({ ReceiptHandle: receipt }: Fields): string {
  if (typeof receipt === 'string' && /^[0-9a-f-]{36}$/.test(receipt)) return receipt;
  throw new SqsError('ReceiptHandleIsInvalid', 'ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
}

function sizeOfEntry({ MessageBody: body = '', MessageAttributes: attributes = {} }: Fields): number {
  return sizeOf(String(body), attributes as Fields);
}

function integer(fields: Fields, name: string, min: number, max: number): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  const reason = `Reason: Must be between ${min} and ${max}, if provided.`;
  throw invalidParameter(`Value ${JSON.stringify(value)} for parameter ${name} is invalid. ${reason}`);
}

function notForThisQueue(name: string, value: unknown): SqsError {
  const reason = 'Reason: The request include parameter that is not valid for this queue type.';
  return invalidParameter(`Value ${JSON.stringify(value)} for parameter ${name} is invalid. ${reason}`);
}

function names(fields: Fields, field: string): readonly string[] {
  const value = fields[field];
  return Array.isArray(value) ? value.map(String) : [];
}
