import { createHash } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { SQSEvent } from 'aws-lambda';
import { RealtimeError } from '../../protocol';
import type { Log, PublishQueue, QueuedPublish, QueueRecord } from '../core/ports';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_GROUP_ID = 128;
/** What SQS calls it when it is asked too much. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors */
const THROTTLES = new Set(['RequestThrottled', 'ThrottlingException', 'OverLimit', 'KmsThrottled']);

/** The FIFO queue of the region: the channel is the message group. */
export class SqsPublishQueue implements PublishQueue {
  private client: Promise<Pick<SQSClient, 'send'>> | undefined;

  public constructor(
    private readonly newClient: () => Promise<Pick<SQSClient, 'send'>>,
    /** Asked for when it is needed: most networks have no ordered namespace, and no queue. */
    private readonly url: () => string,
    private readonly log: Log,
  ) {}

  public async send(publish: QueuedPublish): Promise<void> {
    const { channel, from, messages } = publish;
    const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const command = new SendMessageCommand({
      QueueUrl: this.url(),
      MessageBody: bodyOf(publish),
      MessageGroupId: channel.length <= MAX_GROUP_ID ? channel : digest(channel),
      MessageDeduplicationId: digest(JSON.stringify([channel, from, messages])),
    });
    this.client ??= this.newClient();
    try {
      await (await this.client).send(command);
    } catch (error) {
      const isThrottled = error instanceof Error && THROTTLES.has(error.name);
      throw new RealtimeError(isThrottled ? 'throttled' : 'store_unavailable', undefined, { cause: error });
    }
  }

  public async receiveAgain(records: readonly QueueRecord[], seconds: number): Promise<void> {
    const { ChangeMessageVisibilityBatchCommand } = await import('@aws-sdk/client-sqs');
    const Entries = records.map(({ receipt }, i) => ({
      ...{ Id: String(i), ReceiptHandle: receipt, VisibilityTimeout: seconds },
    }));
    this.client ??= this.newClient();
    try {
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url(), Entries });
      const { Failed = [] } = await (await this.client).send(command);
      if (Failed.length > 0) this.log.warn('messages could not be made visible sooner', { seconds, failed: Failed });
    } catch (error) {
      // They are received again when the queue's own visibility timeout ends.
      this.log.warn('messages could not be made visible sooner', { seconds, error });
    }
  }
}

/** Loaded when it is first needed: networks without an ordered namespace don't pay for it at every cold start. */
export async function sqsClient(): Promise<SQSClient> {
  const { SQSClient: Client } = await import('@aws-sdk/client-sqs');
  return new Client({
    maxAttempts: 3,
    // A request that hangs is tried again well within the function's timeout; without `throw…`, the limit only warns.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    }),
  });
}

/** The records of an event that Lambda makes of a queue's messages. */
export function recordsOf({ Records }: SQSEvent): readonly QueueRecord[] {
  return Records.map(({ messageId, body, receiptHandle, attributes, eventSourceARN }) => ({
    ...{ id: messageId, body, receipt: receiptHandle },
    group: attributes.MessageGroupId,
    // Numbers grow within one queue only; one that replaces it begins anew.
    sequence:
      attributes.SequenceNumber === undefined
        ? undefined
        : `${digest(eventSourceARN).slice(0, 8)}:${attributes.SequenceNumber}`,
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }));
}

/** The message's body: JSON, with the two characters escaped that SQS does not take. */
function bodyOf(publish: QueuedPublish): string {
  return JSON.stringify(publish).replace(/[\uFFFE\uFFFF]/g, (character) =>
    character === '\uFFFE' ? '\\ufffe' : '\\uffff',
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
