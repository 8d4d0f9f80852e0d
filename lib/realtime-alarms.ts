import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { AlarmSeverity } from './alarm-severity';
import { checkAlarmOptions } from './monitoring/alarm-options';
import type { PropCheck } from './util/prop-check';

/** Topics that are there already, by severity. CloudWatch has to be allowed to publish to them, and to use their keys. */
export interface RealtimeAlarmTopics {
  /**
   * For what pages.
   *
   * @default - a new topic
   */
  readonly p1?: ITopic;
  /**
   * For what has to be seen within hours.
   *
   * @default - a new topic
   */
  readonly p2?: ITopic;
  /**
   * For tickets.
   *
   * @default - a new topic
   */
  readonly p3?: ITopic;
}

/** What differs from the catalog for one alarm. */
export interface RealtimeAlarmOverride {
  /**
   * Leaves the alarm out.
   *
   * @default false
   */
  readonly disabled?: boolean;
  /**
   * In the unit that docs/reference/alarms.md names; for function-duration, a share of the function's timeout.
   *
   * @default - as in docs/reference/alarms.md
   */
  readonly threshold?: number;
  /**
   * Minutes that are looked at. At most 1,440.
   *
   * @default - as in docs/reference/alarms.md
   */
  readonly evaluationPeriods?: number;
  /**
   * How many of these minutes have to breach. At least 2, unless the alarm counts losses.
   *
   * @default - as in docs/reference/alarms.md
   */
  readonly datapointsToAlarm?: number;
  /**
   * Whom it is told.
   *
   * @default - as in docs/reference/alarms.md
   */
  readonly severity?: AlarmSeverity;
}

/** Options of {@link RealtimeAlarms}. */
export interface RealtimeAlarmsOptions {
  /**
   * Topics that are there already.
   *
   * @default - a new topic for each severity, encrypted with a key of its own ($1 a month)
   */
  readonly topics?: RealtimeAlarmTopics;
  /**
   * By an alarm's id, such as `function-errors`, or by its id and what it watches, such as `function-errors-message`, which
   * counts more. The ids are in docs/reference/alarms.md.
   *
   * @default - all as in the catalog
   */
  readonly overrides?: Record<string, RealtimeAlarmOverride>;
}

/** What became of the alarms of a region. */
export interface IRealtimeAlarms {
  /** Is in alarm while any alarm of severity P1 of the region is; undefined if it was disabled. */
  readonly regionImpaired?: IAlarm;
  /** The dashboard that shows the alarms, and what they watch; undefined with minimal alarms. */
  readonly dashboardName?: string;
  /** Where alarms of a severity go: subscribe to it. */
  topic(severity: AlarmSeverity): ITopic;
}

/**
 * Which alarms there are, and whom they tell. Each is in docs/reference/alarms.md, with what it means and what to do.
 *
 * A topic tells nobody by itself: subscribe to `alarms.topic(AlarmSeverity.P1)` and the others, or bring topics along.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
export class RealtimeAlarms {
  /**
   * All alarms, a composite alarm `region-impaired`, and a dashboard. CloudWatch bills $0.10 a month for each metric of an
   * alarm, $0.50 for the composite alarm, $0.30 for each metric out of logs (4), and $3 for the dashboard; KMS $1 for the
   * topics' key: $11 to $14 a month for a region. docs/reference/alarms.md counts them.
   */
  public static standard(options: RealtimeAlarmsOptions = {}): RealtimeAlarms {
    return new RealtimeAlarms(true, false, options);
  }

  /** Only the alarms that page (P1), and the composite alarm; no dashboard. $5 to $6 a month for a region. For previews and tests. */
  public static minimal(options: RealtimeAlarmsOptions = {}): RealtimeAlarms {
    return new RealtimeAlarms(true, true, options);
  }

  /** No alarms: somebody else watches the network, or nobody does. */
  public static disabled(): RealtimeAlarms {
    return new RealtimeAlarms(false, true, {});
  }

  private constructor(
    /** Whether there are any. */
    public readonly enabled: boolean,
    /** Whether there are only those that page. */
    public readonly pagingOnly: boolean,
    /** Topics and overrides. */
    public readonly options: RealtimeAlarmsOptions,
  ) {}

  /**
   * Notes what is wrong with it.
   *
   * @param prop where it stands in the props of the construct that it was given to
   * @param regions where it makes alarms
   * @internal
   */
  public _check(check: PropCheck, prop: string, regions: readonly string[]): void {
    checkAlarmOptions(check, prop, this.options, regions);
  }

  /**
   * The same for another region, where the topics of this one are of no use.
   *
   * @internal
   */
  public _withOwnTopics(): RealtimeAlarms {
    const { overrides = {} } = this.options;
    return new RealtimeAlarms(this.enabled, this.pagingOnly, { overrides });
  }
}
