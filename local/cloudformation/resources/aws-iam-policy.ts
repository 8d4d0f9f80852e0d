import type { ResourceType } from '../../types';
import { required, texts } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html */
export const awsIamPolicy: ResourceType<Services> = {
  type: 'AWS::IAM::Policy',
  create({ properties, accountId, services }) {
    const name = required(properties, 'PolicyName');
    services.global.iam.attach(accountId, texts(properties, 'Roles'), properties.PolicyDocument);
    return { ref: name, attributes: { Id: name } };
  },
};
