import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { AlarmSeverity } from './alarm-severity';

/**
 * Existing topics to notify, by severity. Their policies must allow CloudWatch to publish, and those of their keys must allow it to
 * use the keys.
 */
export interface RealtimeAlarmTopics {
  /**
   * Topic of alarms of severity P1.
   *
   * @default - a new topic
   */
  readonly p1?: ITopic;
  /**
   * Topic of alarms of severity P2.
   *
   * @default - a new topic
   */
  readonly p2?: ITopic;
  /**
   * Topic of alarms of severity P3.
   *
   * @default - a new topic
   */
  readonly p3?: ITopic;
}

/** Differences from the catalog for one alarm. */
export interface RealtimeAlarmOverride {
  /**
   * Whether to omit the alarm.
   *
   * @default false
   */
  readonly disabled?: boolean;
  /**
   * Threshold, in the unit that docs/reference/alarms.md names. For function-duration, a share of the function's timeout.
   *
   * @default - as in docs/reference/alarms.md
   */
  readonly threshold?: number;
  /**
   * Number of the most recent minutes to evaluate. At most 1,440.
   *
   * @default - as in docs/reference/alarms.md
   */
  readonly evaluationPeriods?: number;
  /**
   * Number of these minutes that must breach the threshold. At least 2, except for alarms on loss counters.
   *
   * @default - as in docs/reference/alarms.md
   */
  readonly datapointsToAlarm?: number;
  /**
   * Severity, and so the topic that the alarm notifies.
   *
   * @default - as in docs/reference/alarms.md
   */
  readonly severity?: AlarmSeverity;
}

/** Options of {@link RealtimeAlarms}. */
export interface RealtimeAlarmsOptions {
  /**
   * Existing topics to notify.
   *
   * @default - a new topic for each severity, all encrypted with one new key ($1 a month)
   */
  readonly topics?: RealtimeAlarmTopics;
  /**
   * Overrides by alarm id. The id of a catalog entry, such as `function-errors`, applies to all its alarms; the id of one alarm,
   * such as `function-errors-message`, takes precedence. The ids are in docs/reference/alarms.md.
   *
   * @default - all as in the catalog
   */
  readonly overrides?: Record<string, RealtimeAlarmOverride>;
}

/** The alarms of a region. */
export interface IRealtimeAlarms {
  /** Composite alarm: in alarm while any alarm of severity P1 of the region is. Undefined when it is disabled. */
  readonly regionImpaired?: IAlarm;
  /** Dashboard of the alarms and their metrics. Undefined with minimal alarms. */
  readonly dashboardName?: string;
  /** The topic that alarms of a severity notify. Subscribe to it. */
  topic(severity: AlarmSeverity): ITopic;
}
