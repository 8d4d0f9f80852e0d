import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DeduplicationScope, FifoThroughputLimit, type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acceptAsDeadLetters, secured, VISIBILITY_FACTOR } from './queue-options';

/** Props of {@link PublishQueue}. */
export interface PublishQueueProps {
  /** Longest time that a message is worked on. */
  readonly writerTimeout: Duration;
  /** What becomes of the queues when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts both queues.
   *
   * @default - a key that SQS owns
   */
  readonly encryptionKey?: IKey;
}

/** The longest that SQS keeps messages: somebody has to look at those that failed, and weekends are long. */
const RETENTION = Duration.days(14);
/**
 * A message that failed this often goes to the dead-letter queue. Many, since its channel waits for it, and it is
 * acknowledged: with a minute between, an outage of more than an hour passes before the first is put aside.
 */
const MAX_RECEIVES = 100;

/**
 * Where publishes of FIFO namespaces wait for their channel's writer: the channel is the message group, so that each
 * channel has an order, and a throughput, of its own.
 */
export class PublishQueue extends Construct {
  /** The queue. */
  public readonly queue: IQueue;
  /** Publishes that could not be written to the log. */
  public readonly deadLetterQueue: IQueue;

  public constructor(scope: Construct, id: string, props: PublishQueueProps) {
    super(scope, id);
    const { encryptionKey, removalPolicy } = props;
    const shared = {
      fifo: true,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      retentionPeriod: RETENTION,
      removalPolicy,
      ...secured(encryptionKey),
    };
    this.deadLetterQueue = new Queue(this, 'DeadLetters', shared);
    acceptAsDeadLetters(this.deadLetterQueue);
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * props.writerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
