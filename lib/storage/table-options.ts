import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, type TableEncryptionV2, type TablePropsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PARTITION_KEY, SORT_KEY, TIME_TO_LIVE_ATTRIBUTE } from '../contract/tables';

/** What all tables have in common. */
export function tableOptions(removalPolicy: RemovalPolicy, encryption: TableEncryptionV2): TablePropsV2 {
  return {
    partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: AttributeType.STRING },
    // Written by lambda/adapters; rows past it are ignored before DynamoDB gets to deleting them.
    timeToLiveAttribute: TIME_TO_LIVE_ATTRIBUTE,
    billing: Billing.onDemand(),
    removalPolicy,
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    // One prop less to forget, and what it costs on the small, short-lived Connections table is next to nothing.
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption,
  };
}
