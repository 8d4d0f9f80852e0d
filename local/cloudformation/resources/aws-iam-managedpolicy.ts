import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { text, texts } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html */
export const awsIamManagedPolicy: ResourceType<Services> = {
  type: 'AWS::IAM::ManagedPolicy',
  create(context) {
    const { properties, accountId, region, stackName, logicalId, services } = context;
    const { iam } = services.global;
    const name = text(properties, 'ManagedPolicyName') ?? context.physicalName();
    const arn = `arn:aws:iam::${accountId}:policy${text(properties, 'Path') ?? '/'}${name}`;
    iam.addManagedPolicy(arn, properties.PolicyDocument);
    iam.attach(accountId, texts(properties, 'Roles'), properties.PolicyDocument);
    const id = stableId(16, region, stackName, logicalId).toUpperCase();
    return { ref: arn, attributes: { PolicyArn: arn, PolicyId: `ANPA${id}` } };
  },
};
