import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DeduplicationScope, FifoThroughputLimit, type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acceptAsDeadLetters, secured } from './queue-options';

/** Props of {@link FanoutQueue}. */
export interface FanoutQueueProps {
  /** Longest time that a job is worked on. */
  readonly workerTimeout: Duration;
  /**
   * Encrypts both queues.
   *
   * @default - a key that SQS owns
   */
  readonly encryptionKey?: IKey;
}

/** Long enough for all receives below; what is older is of no use, since clients have found it in the table by then. */
const RETENTION = Duration.minutes(15);
/**
 * Worker timeouts until an unfinished job is received again: a worker that dies holds its shard up for so long. AWS asks for the
 * timeout itself, and recommends six for functions that are throttled, which these are not before so many run at once.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_FACTOR = 2;
/** A second apart, then two, four and eight, so that a short failure of a table or a queue passes. */
const MAX_RECEIVES = 5;
/** For looking at what failed, over a long weekend. Nothing is lost with it: the table has the message. */
const DEAD_LETTER_RETENTION = Duration.days(4);

/**
 * Where messages wait for the workers that send them to large channels: each shard of a channel is a message group, so that one
 * worker at a time has it, and takes along whatever has come meanwhile.
 */
export class FanoutQueue extends Construct {
  /** The queue. */
  public readonly queue: IQueue;
  /** Jobs that could not be carried out. */
  public readonly deadLetterQueue: IQueue;

  public constructor(scope: Construct, id: string, props: FanoutQueueProps) {
    super(scope, id);
    const shared = {
      fifo: true,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      ...secured(props.encryptionKey),
    };
    this.deadLetterQueue = new Queue(this, 'DeadLetters', { ...shared, retentionPeriod: DEAD_LETTER_RETENTION });
    acceptAsDeadLetters(this.deadLetterQueue);
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      retentionPeriod: RETENTION,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * props.workerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
