import { createHash } from 'node:crypto';
import { ChangeMessageVisibilityBatchCommand, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { FanoutJob, FanoutQueue, FanoutRecord, Log } from '../core/ports';
import { bodyOf } from './sqs';

/** Most messages of one request. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const BATCH = 10;
/** Most bytes of one request: below what SQS has always taken, and ten frames do not come near the megabyte that it takes now. */
const BATCH_BYTES = 256 * 1024;
/** A job that failed is received again after so long. Seconds. */
const AGAIN_AFTER = 1;

interface Entry {
  readonly MessageBody: string;
  readonly MessageGroupId: string;
  readonly MessageDeduplicationId: string;
}

/** The FIFO queue of the region: a shard of a channel is a message group. */
export class SqsFanoutQueue implements FanoutQueue {
  private client: Pick<SQSClient, 'send'> | undefined;

  /** @param newClient asked when the first job is sent: most functions never have one */
  public constructor(
    private readonly newClient: () => Pick<SQSClient, 'send'>,
    private readonly url: () => string,
    private readonly log: Log,
  ) {}

  public async send(jobs: readonly FanoutJob[]): Promise<void> {
    await Promise.all(batches(jobs.map(entryOf)).map((entries) => this.sendBatch(entries)));
  }

  private async sendBatch(entries: readonly Entry[]): Promise<void> {
    this.client ??= this.newClient();
    const Entries = entries.map((entry, i) => ({ Id: String(i), ...entry }));
    const { Failed = [] } = await this.client.send(new SendMessageBatchCommand({ QueueUrl: this.url(), Entries }));
    if (Failed.length > 0) throw new Error('jobs were not taken by the fan-out queue', { cause: Failed });
  }

  public async receiveAgain(records: readonly FanoutRecord[]): Promise<void> {
    const Entries = records.map(({ receipt }, i) => ({
      ...{ Id: String(i), ReceiptHandle: receipt, VisibilityTimeout: AGAIN_AFTER },
    }));
    this.client ??= this.newClient();
    try {
      await this.client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url(), Entries }));
    } catch (error) {
      // They are received again when the queue's own visibility timeout ends.
      this.log.warn('jobs could not be made visible sooner', { error });
    }
  }
}

function entryOf(job: FanoutJob): Entry {
  const { shard, push } = job;
  const { channel, origin, epoch, messages } = push;
  // Whoever sends the same again died before he could answer, or could not know.
  const place = [channel, shard, origin, epoch, messages[0]?.seq, messages.length];
  return {
    MessageBody: bodyOf(job),
    MessageGroupId: digest([channel, shard]),
    MessageDeduplicationId: digest(place),
  };
}

function batches(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const result: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = result.at(-1);
    const size = Buffer.byteLength(entry.MessageBody);
    bytes += size;
    if (last === undefined || last.length === BATCH || bytes > BATCH_BYTES) {
      result.push([entry]);
      bytes = size;
    } else last.push(entry);
  }
  return result;
}

/** The records of an event that Lambda makes of the queue's messages. */
export function fanoutRecordsOf({ Records }: SQSEvent): readonly FanoutRecord[] {
  return Records.map(({ messageId, body, receiptHandle, attributes }) => ({
    ...{ id: messageId, body, receipt: receiptHandle },
    group: attributes.MessageGroupId,
    sentAt: Number(attributes.SentTimestamp),
  }));
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
