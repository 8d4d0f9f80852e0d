import { Names, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IAlarm,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AlarmSeverity } from '../alarm-severity';
import type { IRealtimeAlarms, RealtimeAlarms } from '../realtime-alarms';
import type { AlarmSpec } from './alarm-spec';
import { alarmIdOf, type Overrides, settingsOf } from './alarm-settings';
import { SeverityTopics } from './alarm-topics';
import { CATALOG, docsLink, REGION_IMPAIRED } from './catalog';
import { AlarmDashboard } from './dashboard';
import { LogMetrics } from './log-metrics';
import { metricOf } from './metrics';
import { type Target, targetsOf } from './targets';
import type { WatchedResources } from './monitored-resources';

/** Props of {@link RegionAlarms}. */
export interface RegionAlarmsProps {
  /** Which alarms, and whom they tell. */
  readonly alarms: RealtimeAlarms;
  /** What they look at. */
  readonly watched: WatchedResources;
  /** What notifications call it: the network, or the backend. */
  readonly name: string;
  /**
   * What the names of alarms begin with: unique in account and region.
   *
   * @default - made of the construct path
   */
  readonly prefix?: string;
  /**
   * What the dashboard is called: unique in the account, since the dashboards of all regions share their names.
   *
   * @default - the prefix, and the region
   */
  readonly dashboardName?: string;
}

/** An alarm that was made, and what it was made from. */
export interface MadeAlarm {
  readonly spec: AlarmSpec;
  readonly alarm: IAlarm;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly severity: AlarmSeverity;
}

const OPERATORS = {
  '>': ComparisonOperator.GREATER_THAN_THRESHOLD,
  '>=': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  '<': ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;
const MISSING = { notBreaching: TreatMissingData.NOT_BREACHING, breaching: TreatMissingData.BREACHING } as const;

/**
 * The alarms of one stack, made from the catalog: each where its metric is, since an alarm can't watch another region. With
 * a WebSocket API, which makes the stack a region, a composite alarm sums up those that page.
 */
export class RegionAlarms extends Construct implements IRealtimeAlarms {
  /** Is in alarm while any of those that page is. */
  public readonly regionImpaired?: IAlarm;
  /** The dashboard that shows the alarms, and what they watch. */
  public readonly dashboardName?: string;
  private readonly topics: SeverityTopics;
  private readonly logMetrics: LogMetrics;
  private readonly overrides: Overrides;
  private readonly prefix: string;
  private readonly name: string;
  private readonly pagingOnly: boolean;

  public constructor(scope: Construct, id: string, props: RegionAlarmsProps) {
    super(scope, id);
    const { alarms, watched } = props;
    this.name = props.name;
    this.prefix =
      props.prefix ??
      // Alarm names are regional, so the stack and where this stands in it are enough.
      Names.uniqueResourceName(this, { maxLength: 128, separator: '-', allowedSpecialCharacters: '-' });
    this.pagingOnly = alarms.pagingOnly;
    const { topics: given = {}, overrides = {} } = alarms.options;
    this.overrides = overrides;
    this.topics = new SeverityTopics(this, 'Topics', { given });
    this.logMetrics = new LogMetrics(this, 'LogMetrics', { functions: watched.functions ?? [] });

    const made = CATALOG.flatMap((spec) => targetsOf(spec, watched).flatMap((target) => this.make(spec, target)));
    const paging = made.filter(({ severity }) => severity === AlarmSeverity.P1).map(({ alarm }) => alarm);
    const all = made.map(({ alarm }) => alarm);
    if (watched.webSocket !== undefined && paging.length > 0 && !(overrides[REGION_IMPAIRED.id]?.disabled ?? false)) {
      const composite = this.sumUp(paging);
      this.regionImpaired = composite;
      all.unshift(composite);
    }
    if (!alarms.pagingOnly && made.length > 0) {
      // Health checks of all regions have their metrics in one: what is shown there is not that region.
      const what = watched.webSocket === undefined ? 'routing' : Stack.of(this).region;
      const { dashboardName } = new AlarmDashboard(this, 'Dashboard', {
        dashboardName: props.dashboardName ?? `${this.prefix}-${Stack.of(this).region}`,
        ...{ title: `${this.name}, ${what}`, all, made },
      });
      this.dashboardName = dashboardName;
    }
  }

  public topic(severity: AlarmSeverity): ITopic {
    return this.topics.topic(severity);
  }

  private make(spec: AlarmSpec, target: Target): MadeAlarm[] {
    const alarmId = alarmIdOf(spec, target);
    const settings = settingsOf(spec, alarmId, this.overrides);
    const { severity, evaluationPeriods, datapointsToAlarm } = settings;
    if (settings.disabled || (this.pagingOnly && severity !== AlarmSeverity.P1)) return [];
    const metric = metricOf(spec, target, this.logMetrics);
    const factor = spec.unit === 'of the timeout' ? (target.timeoutSeconds ?? 0) * 1_000 : 1;
    const threshold = settings.threshold * factor;
    const alarm = new Alarm(this, pascal(alarmId), {
      alarmName: `${this.prefix}-${alarmId}`,
      alarmDescription: this.describe(severity, alarmId, spec, spec.impact ?? target.impact ?? '', target),
      metric,
      threshold,
      evaluationPeriods,
      datapointsToAlarm,
      comparisonOperator: OPERATORS[spec.comparison],
      treatMissingData: MISSING[spec.missing],
    });
    this.tell(alarm, severity);
    return [{ spec, alarm, metric, threshold, severity }];
  }

  private sumUp(paging: IAlarm[]): CompositeAlarm {
    const { id, impact } = REGION_IMPAIRED;
    const severity = this.overrides[id]?.severity ?? REGION_IMPAIRED.severity;
    const composite = new CompositeAlarm(this, pascal(id), {
      compositeAlarmName: `${this.prefix}-${id}`,
      alarmDescription: this.describe(severity, id, REGION_IMPAIRED, impact),
      alarmRule: AlarmRule.anyOf(...paging.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    this.tell(composite, severity);
    return composite;
  }

  /** Both ways: whoever opens an incident wants to close it. */
  private tell(alarm: Alarm | CompositeAlarm, severity: AlarmSeverity): void {
    const action = new SnsAction(this.topics.topic(severity));
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }

  /** What the notification says: everything that somebody needs who has just been woken up. */
  private describe(
    severity: AlarmSeverity,
    alarmId: string,
    { id, title, todo }: Pick<AlarmSpec, 'id' | 'title' | 'todo'>,
    impact: string,
    { region = Stack.of(this).region, url }: Pick<Target, 'region' | 'url'> = {},
  ): string {
    const links = [url, docsLink(id)].filter((one) => one !== undefined).join(' ');
    return `[${severity}] ${this.name} ${region} ${alarmId}: ${title}. Impact: ${impact} Do: ${todo} ${links}`;
  }
}

/** `function-errors-message` as a construct's id. */
function pascal(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
