import { LocalError } from '../../support/errors';
import { normalName } from '../../services/route53';
import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { flag, number, object, required, text, texts } from './properties';
import type { Services } from '../../services/registry';

/** Health checks of alarms, of routing controls and of TCP connections. */
const NOT_EMULATED = new Set(['CLOUDWATCH_METRIC', 'RECOVERY_CONTROL', 'TCP']);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-healthcheck.html */
export const awsRoute53HealthCheck: ResourceType<Services> = {
  type: 'AWS::Route53::HealthCheck',
  create({ properties, region, stackName, logicalId, services, unsupported }) {
    const config = object(properties, 'HealthCheckConfig');
    const type = required(config, 'Type');
    const id = stableId(32, region, stackName, logicalId);
    const inverted = flag(config, 'Inverted');
    if (NOT_EMULATED.has(type)) {
      unsupported(`health checks of type ${type} are not emulated; records that use it are always healthy`);
    } else if (type === 'CALCULATED') {
      const threshold = Number(required(config, 'HealthThreshold'));
      const children = texts(config, 'ChildHealthChecks');
      services.global.route53.addHealthCheck({ kind: 'calculated', id, children, threshold, inverted });
    } else {
      const where = `${stackName}: ${logicalId}`;
      if (config.IPAddress !== undefined)
        throw new LocalError('template_unsupported', `${where}: health checks of IP addresses are not emulated.`);
      const interval = number(config, 'RequestInterval') ?? 30;
      if (interval !== 10 && interval !== 30) throw new Error(`RequestInterval must be 10 or 30, got: ${interval}`);
      const path = text(config, 'ResourcePath') ?? '';
      services.global.route53.addHealthCheck({
        kind: 'endpoint',
        id,
        inverted,
        host: normalName(required(config, 'FullyQualifiedDomainName')),
        path: path.startsWith('/') ? path : `/${path}`,
        interval: interval * 1_000,
        threshold: number(config, 'FailureThreshold') ?? 3,
        search: type.endsWith('_STR_MATCH') ? required(config, 'SearchString') : undefined,
      });
    }
    return { ref: id, attributes: { HealthCheckId: id } };
  },
};
