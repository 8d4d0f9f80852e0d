import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { Logger } from '../../core/runtime';
import type { PublishQueue, QueuedPublish, QueueRecord } from '../../core/publish/publish-queue';
import { bodyOf, digest, receiveSooner, sending } from './client';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_GROUP_ID = 128;

/** The FIFO queue of the region: the channel is the message group. */
export class SqsPublishQueue implements PublishQueue {
  private client: Pick<SQSClient, 'send'> | undefined;

  public constructor(
    private readonly newClient: () => Pick<SQSClient, 'send'>,
    /** Asked for when it is needed: most networks have no ordered namespace, and no queue. */
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
    await sending(this.client.send(command));
  }

  public async receiveAgain(records: readonly QueueRecord[], seconds: number): Promise<void> {
    this.client ??= this.newClient();
    const again = records.map(({ receipt }) => ({ receipt, seconds }));
    await receiveSooner(this.client, this.url(), again, this.logger);
  }
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
