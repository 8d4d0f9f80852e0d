import { Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IQueue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';

/**
 * Function timeouts until an unfinished message is received again.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const VISIBILITY_FACTOR = 6;

/**
 * What keeps a queue's messages from others: TLS, and encryption.
 *
 * @param encryptionKey one that SQS owns where it is undefined
 */
export function secured(encryptionKey: IKey | undefined): QueueProps {
  return {
    enforceSSL: true,
    ...(encryptionKey === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
  };
}

/** Says that a dead-letter queue needs none of its own. */
export function acceptAsDeadLetters(queue: IQueue): void {
  Validations.of(queue).acknowledge({ id: 'Serverless-SQSRedrivePolicy', reason: 'It is itself a dead-letter queue' });
}
