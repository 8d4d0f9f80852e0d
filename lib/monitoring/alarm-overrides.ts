import type { RealtimeAlarmOverride } from '../realtime-alarm-options';
import type { AlarmSpec } from './alarm-spec';

/** Overrides by the id of a catalog entry, or of one of its alarms. */
export type Overrides = Readonly<Record<string, RealtimeAlarmOverride>>;

/** Id of an alarm: the id of its entry, followed by the name of its target if the entry can have several. */
export function alarmIdOf(spec: AlarmSpec, target: { readonly name?: string }): string {
  return target.name === undefined ? spec.id : `${spec.id}-${target.name}`;
}

/** Settings of an alarm. Overrides of the alarm take precedence over those of its entry, and these over the catalog. */
export function settingsOf(spec: AlarmSpec, alarmId: string, overrides: Overrides): Required<RealtimeAlarmOverride> {
  const override = { ...definedOf(overrides[spec.id]), ...definedOf(overrides[alarmId]) };
  return {
    disabled: false,
    threshold: spec.threshold,
    evaluationPeriods: spec.periods,
    // With fewer periods than the catalog's datapoints, all of them must breach.
    datapointsToAlarm: Math.min(spec.datapoints, override.evaluationPeriods ?? spec.periods),
    severity: spec.severity,
    ...override,
  };
}

function definedOf(override: RealtimeAlarmOverride = {}): Partial<RealtimeAlarmOverride> {
  return Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
}
