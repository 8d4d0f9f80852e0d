import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { objects, text, texts } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html */
export const awsIamRole: ResourceType<Services> = {
  type: 'AWS::IAM::Role',
  create(context) {
    const { properties, accountId, region, stackName, logicalId, services } = context;
    const { iam } = services.global;
    const name = text(properties, 'RoleName') ?? context.physicalName();
    const arn = `arn:aws:iam::${accountId}:role${text(properties, 'Path') ?? '/'}${name}`;
    const managedPolicyArns = texts(properties, 'ManagedPolicyArns');
    for (const policy of managedPolicyArns.filter((one) => !iam.hasManagedPolicy(one)))
      context.unsupported(`the policy ${policy} is unknown; the role allows every action`);
    if (properties.PermissionsBoundary !== undefined)
      context.unsupported('permissions boundaries are not emulated; the role allows every action of its policies');
    iam.addRole(arn, {
      policies: objects(properties, 'Policies').map(({ PolicyDocument }) => PolicyDocument),
      managedPolicyArns,
    });
    const id = stableId(16, region, stackName, logicalId).toUpperCase();
    return { ref: name, attributes: { Arn: arn, RoleId: `AROA${id}` } };
  },
};
