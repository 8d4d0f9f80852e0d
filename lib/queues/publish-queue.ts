import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { WorkQueue } from './work-queue';

/** Props of {@link PublishQueue}. */
export interface PublishQueueProps {
  /** Timeout of the writer function. */
  readonly writerTimeout: Duration;
  /** Removal policy of both queues. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Encrypts both queues.
   *
   * @default - a key that SQS owns
   */
  readonly encryptionKey?: IKey;
}

/** The maximum of SQS: acknowledged publishes wait here, or in the dead-letter queue for someone to redrive them. */
const RETENTION = Duration.days(14);
/**
 * Visibility timeout, in function timeouts, as AWS recommends.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_FACTOR = 6;
/**
 * High, because the publishes are acknowledged. A failing message blocks its channel: retries about a minute apart cover an outage
 * of more than an hour before the first message moves to the dead-letter queue.
 */
const MAX_RECEIVES = 100;

/**
 * Queue of publishes to FIFO namespaces, which the writer function appends to the logs. The channel is the message group, so each
 * channel has an order and a throughput of its own.
 */
export class PublishQueue extends WorkQueue {
  public constructor(scope: Construct, id: string, props: PublishQueueProps) {
    const { writerTimeout, removalPolicy, encryptionKey } = props;
    super(scope, id, {
      isFifo: true,
      retention: RETENTION,
      deadLetterRetention: RETENTION,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * writerTimeout.toSeconds()),
      maxReceiveCount: MAX_RECEIVES,
      removalPolicy,
      encryptionKey,
    });
  }
}
