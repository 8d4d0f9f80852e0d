import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { Logger } from '../../core/runtime';
import type { PublishQueue, QueuedPublish, QueueRecord } from '../../core/publish/publish-queue';
import { bodyOf, digest, changeVisibility, translateErrors } from './client';

/** Longest message group id. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_GROUP_ID = 128;

/** The publish queue: a FIFO queue whose message groups are the channels. */
export class SqsPublishQueue implements PublishQueue {
  private client: Pick<SQSClient, 'send'> | undefined;

  public constructor(
    private readonly newClient: () => Pick<SQSClient, 'send'>,
    /** Read on first use: a network without a FIFO namespace has no queue. */
    private readonly url: () => string,
    private readonly logger: Logger,
  ) {}

  public async send(publish: QueuedPublish): Promise<void> {
    const { channel, from, messages } = publish;
    const command = new SendMessageCommand({
      QueueUrl: this.url(),
      MessageBody: bodyOf(publish),
      MessageGroupId: channel.length <= MAX_GROUP_ID ? channel : digest(channel),
      MessageDeduplicationId: digest(JSON.stringify([channel, from, messages])),
    });
    this.client ??= this.newClient();
    await translateErrors(this.client.send(command));
  }

  public async receiveAgain(records: readonly QueueRecord[], seconds: number): Promise<void> {
    this.client ??= this.newClient();
    const messages = records.map(({ receipt }) => ({ receipt, seconds }));
    await changeVisibility({ client: this.client, queueUrl: this.url(), messages, logger: this.logger });
  }
}

/** Records of a Lambda event. */
export function publishRecordsOf({ Records }: SQSEvent): readonly QueueRecord[] {
  return Records.map(({ messageId, body, receiptHandle, attributes, eventSourceARN }) => ({
    id: messageId,
    body,
    receipt: receiptHandle,
    group: attributes.MessageGroupId,
    // Sequence numbers increase within one queue only: a replacement of the queue starts again.
    sequence:
      attributes.SequenceNumber === undefined
        ? undefined
        : `${digest(eventSourceARN).slice(0, 8)}:${attributes.SequenceNumber}`,
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }));
}
