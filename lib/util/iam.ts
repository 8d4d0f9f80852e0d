import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** A right on resources. */
export function allow(actions: string[], ...resources: string[]): PolicyStatement {
  return new PolicyStatement({ actions, resources });
}

/**
 * The rights on a customer's key that go with the use of an encrypted resource: what its service asks of whoever calls it,
 * and only in calls that this service makes. Empty when AWS owns the key.
 *
 * @param service with its region, as in `dynamodb.eu-west-1`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export function useKey(keyArn: string | undefined, service: string, actions: string[]): PolicyStatement[] {
  if (keyArn === undefined) return [];
  // The end of the service's name is not the same in every partition.
  const conditions = { StringLike: { 'kms:ViaService': `${service}.*` } };
  return [new PolicyStatement({ actions, resources: [keyArn], conditions })];
}
