import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, type TableEncryptionV2, type TablePropsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PARTITION_KEY, SORT_KEY, TIME_TO_LIVE_ATTRIBUTE } from '../contract/tables';

/** Options that all tables share. */
export function tableOptions(removalPolicy: RemovalPolicy, encryption: TableEncryptionV2): TablePropsV2 {
  return {
    partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: AttributeType.STRING },
    // lambda/adapters/dynamodb sets it, and ignores expired rows that DynamoDB has not deleted yet.
    timeToLiveAttribute: TIME_TO_LIVE_ATTRIBUTE,
    billing: Billing.onDemand(),
    removalPolicy,
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    // Also for the Connections table, where it costs almost nothing: the table is small.
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption,
  };
}
