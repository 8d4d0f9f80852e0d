import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { MessagesPush } from '../../../protocol';
import type { InboxRecord } from '../../core/regions/inbox';
import { PEER_TIMEOUT } from '../../core/regions/peers';
import type { Inbox } from '../../core/regions/ports';
import { bodyOf, sqsClient, type SqsOptions } from './client';

/** The inbox of another region: an SQS queue. */
export class SqsInbox implements Inbox {
  private client: Pick<SQSClient, 'send'> | undefined;

  /** @param newClient creates a client that signs for the queue's region, on first use */
  public constructor(
    private readonly url: string,
    private readonly newClient: () => Pick<SQSClient, 'send'>,
  ) {}

  public async send(push: MessagesPush): Promise<void> {
    this.client ??= this.newClient();
    await this.client.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody: bodyOf(push) }));
  }
}

/** The inboxes of the other regions, by region. The SDK sends to the host of the queue's URL; the region is for the signature. */
export function inboxesOf(urls: ReadonlyMap<string, string>): ReadonlyMap<string, Inbox> {
  return new Map(
    [...urls].map(([region, url]) => {
      // One attempt: the core decides about a retry.
      return [region, new SqsInbox(url, () => sqsClient({ region, attempts: 1, timeout: PEER_TIMEOUT }))];
    }),
  );
}

/** Records of a Lambda event. */
export function inboxRecordsOf({ Records }: SQSEvent): readonly InboxRecord[] {
  return Records.map(({ messageId, body, attributes }) => ({
    id: messageId,
    body,
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }));
}

/** A health probe: reads an attribute of a queue. */
export function queueProbe(url: string, options: SqsOptions): () => Promise<unknown> {
  let client: SQSClient | undefined;
  return () => {
    client ??= sqsClient(options);
    return client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  };
}
