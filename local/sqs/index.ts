import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { AwsRequest, AwsResponse, AwsService } from '../types';
import { invalidParameter, missingParameter, noSuchQueue, SqsError } from './errors';
import { md5, md5OfAttributes } from './md5';
import { Queue, type QueuedMessage, type QueueSettings } from './queue';

export { Queue, type QueuedMessage, type QueueSettings, type SendOptions } from './queue';

export interface SqsOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Base of queue URLs. */
  readonly baseUrl: () => string;
}

type Fields = Readonly<Record<string, unknown>>;
type Handler = (fields: Fields) => object | Promise<object>;

/** Largest message, and largest batch, in bytes: 1 MiB. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_BYTES = 1024 * 1024;

/** SQS of one region, by the AWS JSON protocol. */
export class SqsService implements AwsService {
  private readonly queues = new Map<string, Queue>();
  private stopped = false;

  private readonly operations: Readonly<Record<string, Handler>> = {
    GetQueueUrl: ({ QueueName: name }) => ({ QueueUrl: this.url(this.byName(String(name)).settings.name) }),
    ListQueues: ({ QueueNamePrefix: prefix = '' }) => ({
      QueueUrls: [...this.queues.keys()]
        .filter((name) => name.startsWith(String(prefix)))
        .map((name) => this.url(name)),
    }),
    GetQueueAttributes: (fields) => ({ Attributes: this.attributes(this.queue(fields)) }),
    PurgeQueue: (fields) => {
      this.queue(fields).purge();
      return {};
    },
    SendMessage: (fields) => this.send(this.queue(fields), fields),
    SendMessageBatch: (fields) => {
      const bytes = entries(fields).reduce((sum, entry) => sum + sizeOf(entry), 0);
      if (bytes > MAX_BYTES) throw batchTooLong();
      return this.batch(fields, (queue, entry) => this.send(queue, entry));
    },
    ReceiveMessage: (fields) => this.receive(this.queue(fields), fields),
    DeleteMessage: (fields) => {
      this.queue(fields).delete(String(fields.ReceiptHandle));
      return {};
    },
    DeleteMessageBatch: (fields) =>
      this.batch(fields, (queue, entry) => {
        queue.delete(String(entry.ReceiptHandle));
        return {};
      }),
    ChangeMessageVisibility: (fields) => this.changeVisibility(this.queue(fields), fields),
    ChangeMessageVisibilityBatch: (fields) => this.batch(fields, (queue, entry) => this.changeVisibility(queue, entry)),
  };

  public constructor(private readonly options: SqsOptions) {}

  /** Makes a queue; its dead-letter queue is looked up when it is needed. */
  public addQueue(settings: QueueSettings, deadLetterArn?: string): Queue {
    const hash = (body: string): string => createHash('sha256').update(body).digest('hex');
    const queue = new Queue(settings, this.options.clock, randomUUID, hash, undefined);
    if (deadLetterArn !== undefined) {
      queue.toDeadLetter = (message): void => {
        const { body, attributes, groupId } = message;
        const target = this.find(deadLetterArn);
        const fifo = groupId === undefined ? {} : { groupId, deduplicationId: message.deduplicationId ?? message.id };
        target?.send({ body, attributes, ...fifo });
      };
    }
    this.queues.set(settings.name, queue);
    return queue;
  }

  public url(name: string): string {
    return `${this.options.baseUrl()}/${this.options.accountId}/${name}`;
  }

  public arn(name: string): string {
    return `arn:aws:sqs:${this.options.region}:${this.options.accountId}:${name}`;
  }

  /** A queue by name, URL or ARN. */
  public find(id: string): Queue | undefined {
    return this.queues.get(id.split(/[/:]/).at(-1) ?? id);
  }

  public async handle({ operation, body }: AwsRequest): Promise<AwsResponse> {
    try {
      const handler = this.operations[operation];
      if (handler === undefined) {
        const message = `The local cloud does not emulate the SQS operation ${operation}`;
        throw new SqsError('UnsupportedOperation', 'AWS.SimpleQueueService.UnsupportedOperation', message);
      }
      const result = await handler(JSON.parse(body.toString('utf8')) as Fields);
      return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(result) };
    } catch (error) {
      if (error instanceof SqsError) return error.toResponse();
      throw error;
    }
  }

  public stop(): Promise<void> {
    this.stopped = true;
    return Promise.resolve();
  }

  private send(queue: Queue, fields: Fields): object {
    const {
      MessageBody: body,
      MessageAttributes: attributes = {},
      MessageGroupId: group,
      DelaySeconds: delay,
    } = fields;
    const { fifo, contentBasedDeduplication } = queue.settings;
    if (typeof body !== 'string' || body === '') throw missingParameter('MessageBody');
    if (sizeOf(fields) > MAX_BYTES) {
      throw invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${MAX_BYTES} bytes.`,
      );
    }
    if (fifo && typeof group !== 'string') throw missingParameter('MessageGroupId');
    if (fifo && fields.MessageDeduplicationId === undefined && !contentBasedDeduplication) {
      throw invalidParameter(
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      );
    }
    if (fifo && delay !== undefined) {
      throw invalidParameter(
        `Value ${JSON.stringify(delay)} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
      );
    }
    const message = queue.send({
      body,
      attributes: attributes as Fields,
      ...(typeof delay === 'number' ? { delay: delay * 1000 } : {}),
      ...(typeof group === 'string' ? { groupId: group } : {}),
      ...(typeof fields.MessageDeduplicationId === 'string' ? { deduplicationId: fields.MessageDeduplicationId } : {}),
    });
    const digest = md5OfAttributes(attributes as Fields);
    return {
      MessageId: message.id,
      MD5OfMessageBody: md5(body),
      ...(digest === undefined ? {} : { MD5OfMessageAttributes: digest }),
      ...(message.sequenceNumber === undefined ? {} : { SequenceNumber: message.sequenceNumber }),
    };
  }

  private async receive(queue: Queue, fields: Fields): Promise<object> {
    const {
      MaxNumberOfMessages: max = 1,
      WaitTimeSeconds: wait = 0,
      VisibilityTimeout: visibility,
    } = fields as {
      MaxNumberOfMessages?: number;
      WaitTimeSeconds?: number;
      VisibilityTimeout?: number;
    };
    if (!Number.isInteger(max) || max < 1 || max > 10) {
      throw invalidParameter(
        `Value ${max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
      );
    }
    const { clock } = this.options;
    const until = clock.now() + wait * 1000;
    for (;;) {
      const messages = queue.receive(max, visibility === undefined ? undefined : visibility * 1000);
      const left = until - clock.now();
      if (messages.length > 0) return { Messages: messages.map(toWire) };
      if (left <= 0 || this.stopped) return {};
      await queue.wait(left);
    }
  }

  private changeVisibility(queue: Queue, { ReceiptHandle: receipt, VisibilityTimeout: timeout }: Fields): object {
    if (queue.changeVisibility(String(receipt), Number(timeout) * 1000)) return {};
    const reason = 'Reason: Message does not exist or is not available for visibility timeout change.';
    throw new SqsError(
      'MessageNotInflight',
      'AWS.SimpleQueueService.MessageNotInflight',
      `Value ${String(receipt)} for parameter ReceiptHandle is invalid. ${reason}`,
    );
  }

  /** Runs each entry by itself: one that fails does not fail the others. */
  private batch(fields: Fields, run: (queue: Queue, entry: Fields) => object): object {
    const queue = this.queue(fields);
    const all = entries(fields);
    if (all.length === 0) {
      throw new SqsError(
        'EmptyBatchRequest',
        'AWS.SimpleQueueService.EmptyBatchRequest',
        'There should be at least one entry.',
      );
    }
    if (all.length > 10) {
      const message = `Maximum number of entries per request are 10. You have sent ${all.length}.`;
      throw new SqsError(
        'TooManyEntriesInBatchRequest',
        'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
        message,
      );
    }
    if (new Set(all.map(({ Id: id }) => id)).size !== all.length) {
      const message = 'Two or more batch entries in the request have the same Id.';
      throw new SqsError('BatchEntryIdsNotDistinct', 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct', message);
    }
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const entry of all) {
      try {
        Successful.push({ Id: entry.Id, ...run(queue, entry) });
      } catch (error) {
        if (!(error instanceof SqsError)) throw error;
        Failed.push({ Id: entry.Id, SenderFault: true, Code: error.queryName, Message: error.message });
      }
    }
    return { Successful, ...(Failed.length === 0 ? {} : { Failed }) };
  }

  private attributes(queue: Queue): Record<string, string> {
    const { name, visibilityTimeout, delay, retention, fifo } = queue.settings;
    const { visible, inFlight, delayed } = queue.counts();
    return {
      QueueArn: this.arn(name),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      VisibilityTimeout: String(visibilityTimeout / 1000),
      DelaySeconds: String(delay / 1000),
      MessageRetentionPeriod: String(retention / 1000),
      MaximumMessageSize: String(MAX_BYTES),
      ...(fifo ? { FifoQueue: 'true' } : {}),
    };
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

function entries({ Entries: all }: Fields): readonly Fields[] {
  return Array.isArray(all) ? (all as Fields[]) : [];
}

function sizeOf({ MessageBody: body = '', MessageAttributes: attributes = {} }: Fields): number {
  const texts = Object.entries(attributes as Record<string, { StringValue?: string; DataType?: string }>);
  return texts.reduce(
    (sum, [name, { StringValue: text = '', DataType: type = '' }]) => sum + Buffer.byteLength(name + text + type),
    Buffer.byteLength(body as string),
  );
}

function batchTooLong(): SqsError {
  const message = `Batch requests cannot be longer than ${MAX_BYTES} bytes.`;
  return new SqsError('BatchRequestTooLong', 'AWS.SimpleQueueService.BatchRequestTooLong', message);
}

function toWire(message: QueuedMessage): object {
  const digest = md5OfAttributes(message.attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: systemAttributes(message),
    ...(digest === undefined ? {} : { MessageAttributes: message.attributes, MD5OfMessageAttributes: digest }),
  };
}

/** What SQS itself knows of a message. */
export function systemAttributes(message: QueuedMessage): Record<string, string> {
  return {
    SenderId: 'local',
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
    ...(message.deduplicationId === undefined ? {} : { MessageDeduplicationId: message.deduplicationId }),
    ...(message.sequenceNumber === undefined ? {} : { SequenceNumber: message.sequenceNumber }),
  };
}
