// Every alarm, as data: constructs make them from it, docs/reference/alarms.md is generated from it, tests hold it to its rules.
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

/** The alarm that sums up a region. It is made of the others, so it is no entry of the catalog; it has a place in the docs all the same. */
export const REGION_IMPAIRED = {
  id: 'region-impaired',
  title: 'Users of the region are losing something',
  severity: AlarmSeverity.P1,
  impact: 'at least one alarm that pages is on in this region.',
  todo: 'See on the dashboard which; when it will last and there are other regions, drain this one.',
  steps: [
    'See which alarms are on: they tell what to do. This one is for what has to know about the region as a whole: deployments that wait for it, people who decide whether to drain.',
    'Several at once, or tables and API together: it is the region, not one function.',
    'With other regions, and no end in sight: drain this one, unless `replication-stalled` is on.',
  ],
} as const;

const DOCS = 'https://github.com/cdk-realtime/cdk-realtime/blob/main/docs/reference/alarms.md';

/** Where an alarm is explained. */
export function docsLink(id: string): string {
  return `${DOCS}#${id}`;
}
