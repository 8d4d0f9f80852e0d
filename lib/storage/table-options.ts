import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, type TableEncryptionV2, type TablePropsV2 } from 'aws-cdk-lib/aws-dynamodb';

/** What all tables have in common. */
export function tableOptions(removalPolicy: RemovalPolicy, encryption: TableEncryptionV2): TablePropsV2 {
  return {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    // Written by lambda/adapters; rows past it are ignored before DynamoDB gets to deleting them.
    timeToLiveAttribute: 'x',
    billing: Billing.onDemand(),
    removalPolicy,
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    // One prop less to forget, and what it costs on the small, short-lived Connections table is next to nothing.
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption,
  };
}
