import type { ResourceType } from '../types';
import { makeTable } from './aws-dynamodb-table';
import type { Services } from './services';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html */
export const awsDynamoDbGlobalTable: ResourceType<Services> = {
  type: 'AWS::DynamoDB::GlobalTable',
  create(context) {
    const replicas = context.properties.Replicas;
    if (Array.isArray(replicas) && replicas.length > 1) {
      context.unsupported('replicas of this table are not emulated: writes stay in their region');
    }
    return makeTable(context);
  },
};
