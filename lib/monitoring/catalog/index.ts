// The catalog: every alarm as data. Constructs create the alarms from it, docs/reference/alarms.md is generated from it, and tests check it.
import { AlarmSeverity } from '../../alarm-severity';
import type { AlarmSpec } from '../alarm-spec';
import { API_ALARMS } from './api';
import { DELIVERY_ALARMS } from './deliveries';
import { FUNCTION_ALARMS } from './functions';
import { ROUTING_ALARMS } from './routing';
import { TABLE_ALARMS } from './tables';

export const CATALOG: readonly AlarmSpec[] = [
  ...API_ALARMS,
  ...FUNCTION_ALARMS,
  ...DELIVERY_ALARMS,
  ...TABLE_ALARMS,
  ...ROUTING_ALARMS,
];

/** The composite alarm of a region's P1 alarms. It is no catalog entry, since it has no metric. */
export const REGION_IMPAIRED = {
  id: 'region-impaired',
  title: 'Users of the region are affected',
  severity: AlarmSeverity.P1,
  impact: 'at least one P1 alarm of this region is in alarm.',
  todo: 'Open the dashboard to see which; if it will last and there are other regions, drain this one.',
  steps: [
    'Find the alarms that are in alarm, and follow their steps. Use this alarm for decisions about the whole region: deployments that must stop, people who decide whether to drain.',
    'If several are in alarm, tables and API together, the region is failing rather than one function.',
    'If there are other regions and no end is in sight, drain this one, unless `replication-stalled` is in alarm.',
  ],
} as const;

const DOCS = 'https://github.com/cdk-realtime/cdk-realtime/blob/main/docs/reference/alarms.md';

/** URL of an alarm's description. */
export function docsLink(id: string): string {
  return `${DOCS}#${id}`;
}
