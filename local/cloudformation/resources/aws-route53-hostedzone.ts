import { normalName } from '../../services/route53';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { required } from './properties';
import type { Services } from '../../services/registry';

/**
 * A zone consists of its id: records are found by their fully qualified names.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-hostedzone.html
 */
export const awsRoute53HostedZone: ResourceType<Services> = {
  type: 'AWS::Route53::HostedZone',
  create({ properties, stackName, logicalId, unsupported }) {
    if (properties.VPCs !== undefined)
      unsupported('private zones are not emulated; its records resolve from everywhere');
    const id = `Z${stableId(20, stackName, logicalId, normalName(required(properties, 'Name'))).toUpperCase()}`;
    const nameServers = [1, 2, 3, 4].map((n) => `ns-${n}.awsdns.local`);
    return { ref: id, attributes: { Id: id, NameServers: nameServers } };
  },
};
