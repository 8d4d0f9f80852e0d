import { COORDINATES, normalName } from '../../services/route53';
import type { ResourceType } from '../../types';
import { flag, number, object, required, text, texts } from './properties';
import type { Services } from '../../services/registry';

/** Properties of the routing policies that are not emulated. */
const OTHER_POLICIES = [
  'CidrRoutingConfig',
  'Failover',
  'GeoLocation',
  'GeoProximityLocation',
  'MultiValueAnswer',
  'Weight',
];

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordset.html */
export const awsRoute53RecordSet: ResourceType<Services> = {
  type: 'AWS::Route53::RecordSet',
  create({ properties, services, unsupported }) {
    const name = normalName(required(properties, 'Name'));
    const type = required(properties, 'Type');
    const other = OTHER_POLICIES.find((policy) => properties[policy] !== undefined);
    if (type !== 'A' && type !== 'AAAA') {
      unsupported(`records of type ${type} are not emulated; only A and AAAA are`);
    } else if (other !== undefined) {
      unsupported(`records with ${other} are not emulated; only simple and latency records are`);
    } else {
      const target = object(properties, 'AliasTarget');
      const alias = text(target, 'DNSName');
      const [ttl, region] = [number(properties, 'TTL'), text(properties, 'Region')];
      const [setIdentifier, healthCheckId] = [text(properties, 'SetIdentifier'), text(properties, 'HealthCheckId')];
      if (region !== undefined && setIdentifier === undefined)
        throw new Error('SetIdentifier must be set for a latency record');
      if (region !== undefined && COORDINATES[region] === undefined)
        unsupported(`the location of ${region} is unknown; it counts as the farthest region`);
      services.global.route53.addRecord({
        name,
        type,
        values: texts(properties, 'ResourceRecords'),
        alias:
          alias === undefined
            ? undefined
            : { name: normalName(alias), evaluatesTargetHealth: flag(target, 'EvaluateTargetHealth') },
        ttl,
        region,
        setIdentifier,
        healthCheckId,
      });
    }
    return { ref: name, attributes: {} };
  },
};
