import { AlarmSeverity } from '../../alarm-severity';
import type { AlarmSpec } from '../alarm-spec';
import { AWS_RECOMMENDED } from './shared';

export const ROUTING_ALARMS: readonly AlarmSpec[] = [
  {
    id: 'region-unhealthy',
    title: 'DNS does not resolve to a region',
    section: 'Routing',
    monitors: { kind: 'healthCheck' },
    metric: { namespace: 'AWS/Route53', name: 'HealthCheckStatus', statistic: 'Average' },
    period: 60,
    datapoints: 3,
    periods: 3,
    missing: 'breaching',
    comparison: '<',
    threshold: 1,
    unit: 'healthy',
    severity: AlarmSeverity.P1,
    impact: 'new connections go to other regions; open ones stay until they break, or are moved.',
    todo: 'Unless the region is drained on purpose, read the log of its health function, and open its /health:',
    steps: [
      'Check for a drain mark. If there is one, the region was drained on purpose: return it when the work is done.',
      'Open `https://http-<region>.<domain>/health`: it names the failing check. If there is no answer, check the certificate, DNS and the HTTP API.',
      'If the region itself is failing, drain it, so that open connections move too.',
      'In the first minutes after the routing stack is deployed, Route 53 may not have reported any status yet.',
    ],
    source: `${AWS_RECOMMENDED}#Route53`,
  },
];
