import { type Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DeduplicationScope, FifoThroughputLimit, type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Props of {@link WorkQueue}. */
export interface WorkQueueProps {
  /** Whether the queue is FIFO, with an order and a throughput limit of its own for each message group. */
  readonly isFifo: boolean;
  /**
   * Physical name of the queue.
   *
   * @default - a name that CloudFormation generates
   */
  readonly queueName?: string;
  /** How long messages are kept. */
  readonly retention: Duration;
  /** How long messages are kept in the dead-letter queue. */
  readonly deadLetterRetention: Duration;
  /** Time until a message that was received, but not deleted, is received again. */
  readonly visibilityTimeout: Duration;
  /** Receives of a message before it moves to the dead-letter queue. */
  readonly maxReceiveCount: number;
  /**
   * Removal policy of both queues.
   *
   * @default - both are deleted
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Encrypts both queues.
   *
   * @default - a key that SQS owns
   */
  readonly encryptionKey?: IKey;
}

/** A queue that a function processes, and its dead-letter queue. Both are encrypted and require TLS. */
export class WorkQueue extends Construct {
  /** The queue. */
  public readonly queue: IQueue;
  /** Messages that failed too often. */
  public readonly deadLetterQueue: IQueue;

  public constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const { isFifo, encryptionKey, maxReceiveCount } = props;
    const shared = {
      enforceSSL: true,
      encryption: encryptionKey === undefined ? QueueEncryption.SQS_MANAGED : QueueEncryption.KMS,
      encryptionMasterKey: encryptionKey,
      removalPolicy: props.removalPolicy,
      fifo: isFifo ? true : undefined,
      deduplicationScope: isFifo ? DeduplicationScope.MESSAGE_GROUP : undefined,
      fifoThroughputLimit: isFifo ? FifoThroughputLimit.PER_MESSAGE_GROUP_ID : undefined,
    };
    this.deadLetterQueue = new Queue(this, 'DeadLetters', { ...shared, retentionPeriod: props.deadLetterRetention });
    Validations.of(this.deadLetterQueue).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is a dead-letter queue itself',
    });
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      queueName: props.queueName,
      retentionPeriod: props.retention,
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount },
    });
  }
}
