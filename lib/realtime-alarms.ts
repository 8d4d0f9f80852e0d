import { checkAlarmOptions } from './monitoring/alarm-options';
import type { RealtimeAlarmsOptions } from './realtime-alarm-options';
import type { PropCheck } from './util/prop-check';

/**
 * Alarms to create, and the topics they notify. docs/reference/alarms.md describes each alarm, its meaning for users, and what to do.
 *
 * New topics have no subscribers: subscribe to `alarms.topic(AlarmSeverity.P1)` and the others, or pass existing topics.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
export class RealtimeAlarms {
  /**
   * All alarms, a composite alarm `region-impaired`, and a dashboard. CloudWatch bills $0.10 a month for each metric of an alarm,
   * $0.50 for the composite alarm, $0.30 for each of 4 metrics from logs, and $3 for the dashboard; KMS bills $1 for the topics' key.
   * Together $11 to $14 a month for a region; docs/reference/alarms.md has the calculation.
   */
  public static standard(options: RealtimeAlarmsOptions = {}): RealtimeAlarms {
    return new RealtimeAlarms(true, false, options);
  }

  /** Alarms of severity P1 and the composite alarm, without a dashboard. $5 to $6 a month for a region. For previews and tests. */
  public static minimal(options: RealtimeAlarmsOptions = {}): RealtimeAlarms {
    return new RealtimeAlarms(true, true, options);
  }

  /** No alarms. */
  public static disabled(): RealtimeAlarms {
    return new RealtimeAlarms(false, true, {});
  }

  private constructor(
    /** Whether there are alarms. */
    public readonly enabled: boolean,
    /** Whether there are only alarms of severity P1. */
    public readonly pagingOnly: boolean,
    /** Topics and overrides. */
    public readonly options: RealtimeAlarmsOptions,
  ) {}

  /**
   * Checks the options.
   *
   * @param prop path of this object in the construct's props
   * @param regions regions of the alarms
   * @internal
   */
  public _check(check: PropCheck, prop: string, regions: readonly string[]): void {
    checkAlarmOptions(check, { prop, options: this.options, regions });
  }

  /**
   * The same alarms without the given topics, for a region other than that of the topics.
   *
   * @internal
   */
  public _withOwnTopics(): RealtimeAlarms {
    return new RealtimeAlarms(this.enabled, this.pagingOnly, { overrides: this.options.overrides });
  }
}
