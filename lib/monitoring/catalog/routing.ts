import { AlarmSeverity } from '../../alarm-severity';
import type { AlarmSpec } from '../alarm-spec';
import { AWS } from './shared';

export const ROUTING_ALARMS: readonly AlarmSpec[] = [
  {
    id: 'region-unhealthy',
    title: 'A region is out of DNS',
    section: 'Routing',
    watches: { kind: 'healthCheck' },
    metric: { namespace: 'AWS/Route53', name: 'HealthCheckStatus', statistic: 'Average' },
    ...{ period: 60, datapoints: 3, periods: 3, missing: 'breaching' },
    ...{ comparison: '<', threshold: 1, unit: 'healthy' },
    severity: AlarmSeverity.P1,
    impact: 'new connections go to other regions; open ones stay until they break, or are moved.',
    todo: 'Is it drained on purpose? If not, read the log of its health function, and open its /health:',
    steps: [
      'Is there a drain mark? Then it is on purpose: return the region when the work is done.',
      'Open `https://http-<region>.<domain>/health`: it says what the region lacks. No answer at all: certificate, DNS, or the HTTP API.',
      'When it is the region that is broken, drain it, so that open connections move too.',
      'In the first minutes after routing was deployed, it may be that Route 53 has not told anything yet.',
    ],
    source: `${AWS}#Route53`,
  },
];
