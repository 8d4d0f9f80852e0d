import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { FanoutJob, FanoutQueue, FanoutRecord } from '../../core/fanout/ports';
import type { Logger } from '../../core/runtime';
import { RealtimeError } from '../../../protocol';
import { bodyOf, digest, changeVisibility, translateErrors, THROTTLES } from './client';

/** Maximum number of messages in a request. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const BATCH = 10;
/** Maximum size of a request in bytes. SQS accepts a megabyte; ten frames are much smaller. */
const BATCH_BYTES = 256 * 1024;
/** Maximum number of requests in flight. */
const MAX_IN_FLIGHT = 8;
/** Attempts for the failed messages of a request. */
const ATTEMPTS = 2;

interface Entry {
  readonly MessageBody: string;
  readonly MessageGroupId: string;
  readonly MessageDeduplicationId: string;
}

/** The fan-out queue: a FIFO queue whose message groups are the shards of channels. */
export class SqsFanoutQueue implements FanoutQueue {
  private client: Pick<SQSClient, 'send'> | undefined;

  /** @param newClient creates the client on first use: most functions never send a job */
  public constructor(
    private readonly newClient: () => Pick<SQSClient, 'send'>,
    private readonly url: () => string,
    private readonly logger: Logger,
  ) {}

  public async send(jobs: readonly FanoutJob[]): Promise<void> {
    // Keeps the order within a shard: the first job of every shard in parallel, then the second of every shard.
    for (const wave of waves(jobs.map(entryOf))) {
      const rest = batches(wave);
      while (rest.length > 0)
        await Promise.all(rest.splice(0, MAX_IN_FLIGHT).map((entries) => this.sendBatch(entries)));
    }
  }

  /** Retries single messages that SQS rejects: the SDK only retries whole requests. */
  private async sendBatch(entries: readonly Entry[]): Promise<void> {
    this.client ??= this.newClient();
    const { client } = this;
    let rest = entries;
    for (let attempt = 1; rest.length > 0; attempt++) {
      const Entries = rest.map((entry, i) => ({ Id: String(i), ...entry }));
      const { Failed = [] } = await translateErrors(
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
    // After 1, 2, 4, then always 8 seconds.
    const messages = records.map(({ receipt, receiveCount }) => ({
      receipt,
      seconds: 2 ** Math.min(3, receiveCount - 1),
    }));
    this.client ??= this.newClient();
    await changeVisibility({ client: this.client, queueUrl: this.url(), messages, logger: this.logger });
  }
}

function entryOf(job: FanoutJob): Entry {
  const { shard, push } = job;
  const { channel, origin, epoch, messages } = push;
  // The same job is sent again when a function crashed before it could acknowledge it, or its answer was lost.
  const place = [channel, shard, origin, epoch, messages[0]?.seq, messages.length];
  return {
    MessageBody: bodyOf(job),
    MessageGroupId: digest(JSON.stringify([channel, shard])),
    MessageDeduplicationId: digest(JSON.stringify(place)),
  };
}

/** Splits entries into waves: each has at most one entry per group, in order. */
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

/** Records of a Lambda event. */
export function fanoutRecordsOf({ Records }: SQSEvent): readonly FanoutRecord[] {
  return Records.map(({ messageId, body, receiptHandle, attributes }) => ({
    id: messageId,
    body,
    receipt: receiptHandle,
    group: attributes.MessageGroupId,
    sentAt: Number(attributes.SentTimestamp),
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }));
}
