import { COORDINATES, normalName } from '../../services/route53';
import type { ResourceType } from '../../types';
import { flag, number, object, required, text, texts } from './properties';
import type { Services } from '../../services/registry';

/** What routing policies other than simple and latency go by. */
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
      unsupported(`records of type ${type} are not made: only A and AAAA are looked up here`);
    } else if (other !== undefined) {
      unsupported(`records with ${other} are not made: only simple and latency records are`);
    } else {
      const target = object(properties, 'AliasTarget');
      const alias = text(target, 'DNSName');
      const [ttl, region] = [number(properties, 'TTL'), text(properties, 'Region')];
      const [setIdentifier, healthCheckId] = [text(properties, 'SetIdentifier'), text(properties, 'HealthCheckId')];
      if (region !== undefined && setIdentifier === undefined)
        throw new Error('a latency record needs a SetIdentifier');
      if (region !== undefined && COORDINATES[region] === undefined)
        unsupported(`where ${region} is is not known here: it counts as the farthest`);
      services.global.route53.addRecord({
        name, type, values: texts(properties, 'ResourceRecords'),
        ...(alias === undefined
          ? {}
          : { alias: { name: normalName(alias), evaluatesTargetHealth: flag(target, 'EvaluateTargetHealth') } }),
        ttl,
        region,
        setIdentifier,
        healthCheckId,
      });
    }
    return { ref: name, attributes: {} };
  },
};
