import type { RealtimeAlarmOverride } from '../realtime-alarms';
import type { AlarmSpec } from './alarm-spec';

/** Overrides by the id of an entry, or of one of its alarms. */
export type Overrides = Readonly<Record<string, RealtimeAlarmOverride>>;

/** The id of an alarm: of its entry, and of what it watches, if there can be several. */
export function alarmIdOf(spec: AlarmSpec, target: { readonly name?: string }): string {
  return target.name === undefined ? spec.id : `${spec.id}-${target.name}`;
}

/** What an alarm is made with; what is set for the one counts more than what is set for its entry. */
export function settingsOf(spec: AlarmSpec, alarmId: string, overrides: Overrides): Required<RealtimeAlarmOverride> {
  const catalog = {
    disabled: false,
    threshold: spec.threshold,
    evaluationPeriods: spec.periods,
    datapointsToAlarm: spec.datapoints,
    severity: spec.severity,
  };
  const given = { ...definedOf(overrides[spec.id]), ...definedOf(overrides[alarmId]) };
  // Whoever looks at fewer minutes than the catalog asks to breach, means all of them.
  const datapoints = Math.min(catalog.datapointsToAlarm, given.evaluationPeriods ?? spec.periods);
  return { ...catalog, datapointsToAlarm: datapoints, ...given };
}

function definedOf(override: RealtimeAlarmOverride = {}): Partial<RealtimeAlarmOverride> {
  return Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
}
