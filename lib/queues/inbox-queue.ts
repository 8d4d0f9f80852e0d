import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { WorkQueue } from './work-queue';

/** Props of {@link InboxQueue}. */
export interface InboxQueueProps {
  /** Physical name, by which other regions send to it. */
  readonly queueName: string;
  /** Timeout of the inbox function. */
  readonly inboxTimeout: Duration;
  /**
   * Encrypts both queues.
   *
   * @default - a key that SQS owns
   */
  readonly encryptionKey?: IKey;
}

/** Covers all receives below. Clients have read older messages from the table. */
const RETENTION = Duration.minutes(15);
/**
 * Visibility timeout, in function timeouts, as AWS recommends.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_FACTOR = 6;
/** More than one or two, which a single failure explains. */
const MAX_RECEIVES = 3;
/** Time to investigate, a long weekend included. Nothing is lost with the messages: the table has them. */
const DEAD_LETTER_RETENTION = Duration.days(4);

/** Queue of messages that were published in other regions. Standard rather than FIFO, since clients put messages in order. */
export class InboxQueue extends WorkQueue {
  public constructor(scope: Construct, id: string, props: InboxQueueProps) {
    const { queueName, inboxTimeout, encryptionKey } = props;
    super(scope, id, {
      isFifo: false,
      queueName,
      retention: RETENTION,
      deadLetterRetention: DEAD_LETTER_RETENTION,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * inboxTimeout.toSeconds()),
      maxReceiveCount: MAX_RECEIVES,
      encryptionKey,
    });
  }
}
