import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { AlarmSeverity } from '../alarm-severity';
import type { RealtimeAlarmOverride, RealtimeAlarmsOptions, RealtimeAlarmTopics } from '../realtime-alarm-options';
import { isKnown, type PropCheck } from '../util/prop-check';
import { settingsOf } from './alarm-overrides';
import type { AlarmSpec } from './alarm-spec';
import { CATALOG, REGION_IMPAIRED } from './catalog';
import { QUEUES, TABLES } from './components';

/** One day: the longest evaluation that CloudWatch allows for periods below an hour. Minutes. */
const MAX_PERIODS = 1_440;
const OMIT = 'Omit it for the default.';

/** Options of alarms, and where they are. */
export interface AlarmOptionsLocation {
  /** Path of the options in the construct's props. */
  readonly prop: string;
  readonly options: RealtimeAlarmsOptions;
  /** Regions of the alarms. */
  readonly regions: readonly string[];
}

/** Checks the topics and overrides of alarms. */
export function checkAlarmOptions(check: PropCheck, { prop, options, regions }: AlarmOptionsLocation): void {
  checkTopics(check, prop, options.topics ?? {}, regions);
  const overrides = options.overrides ?? {};
  for (const [id, override] of Object.entries(overrides)) {
    const overrideProp = `${prop}.overrides["${id}"]`;
    const spec = specOf(id);
    check.require(spec !== undefined || id === REGION_IMPAIRED.id, {
      prop: overrideProp,
      rule: 'must be the id of an alarm',
      got: id,
      fix: 'docs/reference/alarms.md lists the ids.',
    });
    const { severity } = override;
    check.require(severity === undefined || Object.values(AlarmSeverity).includes(severity), {
      prop: `${overrideProp}.severity`,
      rule: 'must be an AlarmSeverity',
      got: severity,
      fix: OMIT,
    });
    if (id === REGION_IMPAIRED.id) checkComposite(check, overrideProp, override);
    if (spec !== undefined) checkNumbers(check, overrideProp, spec, settingsOf(spec, id, overrides));
  }
}

function checkTopics(check: PropCheck, prop: string, topics: RealtimeAlarmTopics, regions: readonly string[]): void {
  for (const [severity, topic] of Object.entries(topics) as [string, ITopic | undefined][]) {
    const topicRegion = topic?.env.region;
    const others = isKnown(topicRegion) ? regions.filter((region) => isKnown(region) && region !== topicRegion) : [];
    check.require(topicRegion === undefined || others.length === 0, {
      prop: `${prop}.topics.${severity}`,
      rule: `must be in the region of the alarms, ${others.join(', ')}`,
      got: topicRegion,
      fix: 'CloudWatch notifies only topics of its own region: pass each region its own.',
    });
  }
}

function checkComposite(check: PropCheck, prop: string, override: RealtimeAlarmOverride): void {
  const other = override.threshold ?? override.evaluationPeriods ?? override.datapointsToAlarm;
  check.require(other === undefined, {
    prop,
    rule: 'has no threshold and no periods',
    got: other,
    fix: 'Override those of the alarms that it combines.',
  });
}

function checkNumbers(
  check: PropCheck,
  prop: string,
  spec: AlarmSpec,
  { threshold, evaluationPeriods, datapointsToAlarm }: Required<RealtimeAlarmOverride>,
): void {
  check.require(!isKnown(threshold) || (Number.isFinite(threshold) && threshold >= 0), {
    prop: `${prop}.threshold`,
    rule: 'must be a number of at least 0',
    got: threshold,
    fix: OMIT,
  });
  check.require(Number.isInteger(evaluationPeriods) && evaluationPeriods >= 1 && evaluationPeriods <= MAX_PERIODS, {
    prop: `${prop}.evaluationPeriods`,
    rule: `must be a whole number from 1 to ${MAX_PERIODS}`,
    got: evaluationPeriods,
    fix: OMIT,
  });
  const min = spec.isLossCounter ? 1 : 2;
  check.require(
    Number.isInteger(datapointsToAlarm) && datapointsToAlarm >= min && datapointsToAlarm <= evaluationPeriods,
    {
      prop: `${prop}.datapointsToAlarm`,
      rule: `must be a whole number from ${min} to the evaluation periods`,
      got: datapointsToAlarm,
      fix: 'A single minute causes more false alarms than true ones.',
    },
  );
}

/** The catalog entry of an alarm id, if the id is possible. */
function specOf(id: string): AlarmSpec | undefined {
  return CATALOG.find(
    (spec) => id === spec.id || (id.startsWith(`${spec.id}-`) && isTarget(spec, id.slice(spec.id.length + 1))),
  );
}

/** Whether an entry can have an alarm for a target of this name (targets.ts). Region names are not checked. */
function isTarget({ monitors }: AlarmSpec, name: string): boolean {
  switch (monitors.kind) {
    case 'function':
      return monitors.components.length > 1 && monitors.components.some((component) => component === name);
    case 'table':
      return Object.keys(TABLES).includes(name);
    case 'deadLetters':
      return Object.keys(QUEUES).includes(name);
    case 'replica':
      return Object.keys(TABLES).some((component) => name.startsWith(`${component}-`));
    default:
      return monitors.kind === 'healthCheck';
  }
}
