import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { FanoutJob, FanoutQueue, FanoutRecord } from '../../core/fanout/ports';
import type { Logger } from '../../core/runtime';
import { RealtimeError } from '../../../protocol';
import { bodyOf, digest, receiveSooner, sending, THROTTLES } from './client';

/** Most messages of one request. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const BATCH = 10;
/** Most bytes of one request: below what SQS has always taken, and ten frames do not come near the megabyte that it takes now. */
const BATCH_BYTES = 256 * 1024;
/** Requests at once. */
const AT_ONCE = 8;
/** How often what failed of a request is sent. */
const ATTEMPTS = 2;

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
    private readonly logger: Logger,
  ) {}

  public async send(jobs: readonly FanoutJob[]): Promise<void> {
    // Jobs of one shard stay in order: the first of each, side by side, then the second of each.
    for (const wave of waves(jobs.map(entryOf))) {
      const rest = batches(wave);
      while (rest.length > 0) await Promise.all(rest.splice(0, AT_ONCE).map((entries) => this.sendBatch(entries)));
    }
  }

  /** What SQS fails of a request, the SDK does not try again. */
  private async sendBatch(entries: readonly Entry[]): Promise<void> {
    this.client ??= this.newClient();
    const { client } = this;
    let rest = entries;
    for (let attempt = 1; rest.length > 0; attempt++) {
      const Entries = rest.map((entry, i) => ({ Id: String(i), ...entry }));
      const { Failed = [] } = await sending(
        client.send(new SendMessageBatchCommand({ QueueUrl: this.url(), Entries })),
      );
      const failed = new Map(Failed.map(({ Id, Code }) => [Number(Id), Code ?? '']));
      rest = rest.filter((_, i) => failed.has(i));
      if (rest.length === 0 || attempt < ATTEMPTS) continue;
      const isThrottled = [...failed.values()].some((code) => THROTTLES.has(code));
      throw new RealtimeError(isThrottled ? 'throttled' : 'store_unavailable', undefined, { cause: Failed });
    }
  }

  public async receiveAgain(records: readonly FanoutRecord[]): Promise<void> {
    // After a second, then two, four, and eight.
    const again = records.map(({ receipt, receiveCount }) => ({
      receipt,
      seconds: 2 ** Math.min(3, receiveCount - 1),
    }));
    this.client ??= this.newClient();
    await receiveSooner(this.client, this.url(), again, this.logger);
  }
}

function entryOf(job: FanoutJob): Entry {
  const { shard, push } = job;
  const { channel, origin, epoch, messages } = push;
  // Whoever sends the same again died before he could answer, or could not know.
  const place = [channel, shard, origin, epoch, messages[0]?.seq, messages.length];
  return {
    MessageBody: bodyOf(job),
    MessageGroupId: digest(JSON.stringify([channel, shard])),
    MessageDeduplicationId: digest(JSON.stringify(place)),
  };
}

/** Entries of different groups. */
function waves(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const result: Entry[][] = [];
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const before = counts.get(entry.MessageGroupId) ?? 0;
    counts.set(entry.MessageGroupId, before + 1);
    (result[before] ??= []).push(entry);
  }
  return result;
}

function batches(entries: readonly Entry[]): Entry[][] {
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
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }));
}
