import { normalName } from '../../services/route53';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { required } from './properties';
import type { Services } from '../../services/registry';

/**
 * A zone is only an id here: its records answer by their whole names.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-hostedzone.html
 */
export const awsRoute53HostedZone: ResourceType<Services> = {
  type: 'AWS::Route53::HostedZone',
  create({ properties, stackName, logicalId, unsupported }) {
    if (properties.VPCs !== undefined) unsupported('its records answer everywhere, not only in its networks');
    const id = `Z${stableId(20, stackName, logicalId, normalName(required(properties, 'Name'))).toUpperCase()}`;
    const nameServers = [1, 2, 3, 4].map((n) => `ns-${n}.awsdns.local`);
    return { ref: id, attributes: { Id: id, NameServers: nameServers } };
  },
};
