import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acceptAsDeadLetters, secured, VISIBILITY_FACTOR } from './queue-options';

/** Props of {@link Inbox}. */
export interface InboxProps {
  /** What other regions call it. */
  readonly queueName: string;
  /** Longest time that a message is worked on. */
  readonly inboxTimeout: Duration;
  /**
   * Encrypts both queues.
   *
   * @default - a key that SQS owns
   */
  readonly encryptionKey?: IKey;
}

/** Long enough for all receives below; what is older is of no use, since clients have found it in the table by then. */
const RETENTION = Duration.minutes(15);
/** Once may be an accident. */
const MAX_RECEIVES = 3;
/** For looking at what failed, over a long weekend. Nothing is lost with it: the table has the message. */
const DEAD_LETTER_RETENTION = Duration.days(4);

/** Where other regions send what was published there: the live path. Standard, since clients put messages in order. */
export class Inbox extends Construct {
  /** The queue. */
  public readonly queue: IQueue;
  /** Messages that could not be passed on. */
  public readonly deadLetterQueue: IQueue;

  public constructor(scope: Construct, id: string, props: InboxProps) {
    super(scope, id);
    const { queueName, encryptionKey } = props;
    const shared = secured(encryptionKey);
    this.deadLetterQueue = new Queue(this, 'DeadLetters', { ...shared, retentionPeriod: DEAD_LETTER_RETENTION });
    acceptAsDeadLetters(this.deadLetterQueue);
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      queueName,
      retentionPeriod: RETENTION,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * props.inboxTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
