import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { AlarmSeverity } from '../alarm-severity';
import { settingsOf } from './alarm-settings';
import type { AlarmSpec } from './alarm-spec';
import { CATALOG, REGION_IMPAIRED } from './catalog';
import { QUEUES, TABLES } from './components';
import type { RealtimeAlarmsOptions } from '../realtime-alarms';
import { isKnown, type PropCheck } from '../util/prop-check';

/** A day: the longest that CloudWatch looks back with periods below an hour. */
const MAX_PERIODS = 1_440;
const LEAVE = 'Leave it out for the default.';

/** Notes what is wrong with the options of alarms that are made in these regions. */
export function checkAlarmOptions(
  check: PropCheck,
  prop: string,
  { overrides, topics }: RealtimeAlarmsOptions,
  regions: readonly string[],
): void {
  for (const [severity, topic] of Object.entries(topics ?? {}) as [string, ITopic | undefined][]) {
    const at = topic?.env.region;
    const others = isKnown(at) ? regions.filter((region) => isKnown(region) && region !== at) : [];
    check.check(
      at === undefined || others.length === 0,
      `${prop}.topics.${severity}`,
      `must be in the region of the alarms, ${others.join(', ')}`,
      at,
      'CloudWatch tells topics of its own region only: give each region its own.',
    );
  }
  for (const [id, override] of Object.entries(overrides ?? {})) {
    const at = `${prop}.overrides["${id}"]`;
    const spec = specOf(id);
    const isComposite = id === REGION_IMPAIRED.id;
    check.check(
      spec !== undefined || isComposite,
      at,
      'must be the id of an alarm',
      id,
      'docs/reference/alarms.md has them.',
    );
    const { threshold, evaluationPeriods, datapointsToAlarm, severity } = override;
    check.check(
      severity === undefined || Object.values(AlarmSeverity).includes(severity),
      `${at}.severity`,
      'must be an AlarmSeverity',
      severity,
      LEAVE,
    );
    if (isComposite) {
      const other = threshold ?? evaluationPeriods ?? datapointsToAlarm;
      check.check(other === undefined, at, 'has no threshold and no periods', other, 'Set those of the alarms in it.');
    }
    if (spec === undefined) continue;
    const isNumber = threshold === undefined || !isKnown(threshold) || (Number.isFinite(threshold) && threshold >= 0);
    check.check(isNumber, `${at}.threshold`, 'must be a number of at least 0', threshold, LEAVE);
    const settings = settingsOf(spec, id, overrides ?? {});
    const { evaluationPeriods: of, datapointsToAlarm: some } = settings;
    const fits = Number.isInteger(of) && of >= 1 && of <= MAX_PERIODS;
    check.check(fits, `${at}.evaluationPeriods`, `must be a whole number from 1 to ${MAX_PERIODS}`, of, LEAVE);
    const least = spec.isLossCounter ? 1 : 2;
    check.check(
      Number.isInteger(some) && some >= least && some <= of,
      `${at}.datapointsToAlarm`,
      `must be a whole number from ${least} to the periods that are looked at`,
      some,
      'One minute alone says little: more false alarms than true ones.',
    );
  }
}

/** The entry that an id of the overrides belongs to, if there can be such an alarm. */
function specOf(id: string): AlarmSpec | undefined {
  return CATALOG.find(
    (spec) => id === spec.id || (id.startsWith(`${spec.id}-`) && isTarget(spec, id.slice(spec.id.length + 1))),
  );
}

/** Whether an entry can have an alarm for something of that name (targets.ts). Any name may be one of a region. */
function isTarget({ watches }: AlarmSpec, name: string): boolean {
  switch (watches.kind) {
    case 'function':
      return watches.roles.length > 1 && watches.roles.some((role) => role === name);
    case 'table':
      return Object.keys(TABLES).includes(name);
    case 'deadLetters':
      return Object.keys(QUEUES).includes(name);
    case 'replica':
      return Object.keys(TABLES).some((role) => name.startsWith(`${role}-`));
    default:
      return watches.kind === 'healthCheck';
  }
}
