import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { WorkQueue } from './work-queue';

/** Props of {@link FanoutQueue}. */
export interface FanoutQueueProps {
  /** Timeout of the fan-out function. */
  readonly workerTimeout: Duration;
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
 * Visibility timeout, in worker timeouts: when a worker fails, its shards wait this long. AWS requires at least the timeout itself,
 * and recommends six for functions that are throttled; the concurrency limit of the queue makes that rare here.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_FACTOR = 2;
/** Covers a short failure of a table or a queue: retries are 1, 2, 4 and 8 seconds apart. */
const MAX_RECEIVES = 5;
/** Time to investigate, a long weekend included. Nothing is lost with the messages: the table has them. */
const DEAD_LETTER_RETENTION = Duration.days(4);

/**
 * Queue of fan-out jobs for large channels. Each shard of a channel is a message group: one worker at a time processes it, and takes
 * all of its waiting jobs together.
 */
export class FanoutQueue extends WorkQueue {
  public constructor(scope: Construct, id: string, props: FanoutQueueProps) {
    const { workerTimeout, encryptionKey } = props;
    super(scope, id, {
      isFifo: true,
      retention: RETENTION,
      deadLetterRetention: DEAD_LETTER_RETENTION,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * workerTimeout.toSeconds()),
      maxReceiveCount: MAX_RECEIVES,
      encryptionKey,
    });
  }
}
