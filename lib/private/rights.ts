import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** A right on resources. */
export function allow(actions: string[], ...resources: string[]): PolicyStatement {
  return new PolicyStatement({ actions, resources });
}

/**
 * The rights on a customer's key that go with the use of an encrypted resource: what its service asks of whoever calls it,
 * and only in calls that this service makes. Empty when AWS owns the key.
 *
 * @param service as in `dynamodb.eu-west-1.amazonaws.com`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export function useKey(scope: Construct, key: IKey | undefined, service: string, actions: string[]): PolicyStatement[] {
  if (key === undefined) return [];
  // The end of the service's name is not the same in every partition.
  const conditions = { StringLike: { 'kms:ViaService': `${service}.${Stack.of(scope).region}.*` } };
  return [new PolicyStatement({ actions, resources: [key.keyArn], conditions })];
}
