import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** A statement that allows actions on resources. */
export function allow(actions: string[], ...resources: string[]): PolicyStatement {
  return new PolicyStatement({ actions, resources });
}

/**
 * The permissions on a customer managed key that callers of an encrypted resource need, limited to calls through the service
 * that owns the resource.
 *
 * @param keyArn undefined when AWS owns the key, which needs no permissions
 * @param service with its region: `dynamodb.eu-west-1`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export function useKey(keyArn: string | undefined, service: string, actions: string[]): PolicyStatement[] {
  if (keyArn === undefined) return [];
  // The suffix of a service's host name depends on the partition.
  const conditions = { StringLike: { 'kms:ViaService': `${service}.*` } };
  return [new PolicyStatement({ actions, resources: [keyArn], conditions })];
}
