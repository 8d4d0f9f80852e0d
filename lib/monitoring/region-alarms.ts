import { Names, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IAlarm,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AlarmSeverity } from '../alarm-severity';
import type { IRealtimeAlarms } from '../realtime-alarm-options';
import type { RealtimeAlarms } from '../realtime-alarms';
import type { AlarmSpec } from './alarm-spec';
import { alarmIdOf, type Overrides, settingsOf } from './alarm-overrides';
import { SeverityTopics } from './alarm-topics';
import { CATALOG, docsLink, REGION_IMPAIRED } from './catalog';
import type { CatalogAlarm } from './catalog-alarm';
import { AlarmDashboard } from './dashboard';
import { LogMetrics } from './log-metrics';
import { metricOf } from './metrics';
import type { MonitoredResources } from './monitored-resources';
import { type Target, targetsOf } from './targets';

/** Props of {@link RegionAlarms}. */
export interface RegionAlarmsProps {
  /** Alarms to create, and the topics they notify. */
  readonly alarms: RealtimeAlarms;
  /** Resources to monitor. */
  readonly monitored: MonitoredResources;
  /** Name of the network or backend in notifications. */
  readonly name: string;
  /**
   * Prefix of alarm names, unique in account and region.
   *
   * @default - derived from the construct path
   */
  readonly prefix?: string;
  /**
   * Name of the dashboard, unique in the account: dashboards of all regions share one namespace.
   *
   * @default - the prefix, and the region
   */
  readonly dashboardName?: string;
}

const OPERATORS = {
  '>': ComparisonOperator.GREATER_THAN_THRESHOLD,
  '>=': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  '<': ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;
const MISSING = { notBreaching: TreatMissingData.NOT_BREACHING, breaching: TreatMissingData.BREACHING } as const;

/**
 * The alarms of a stack, created from the catalog. An alarm must be in the region of its metric. A stack with a WebSocket API, the
 * stack of a region, also gets a composite alarm of its P1 alarms.
 */
export class RegionAlarms extends Construct implements IRealtimeAlarms {
  /** Composite alarm: in alarm while any P1 alarm is. */
  public readonly regionImpaired?: IAlarm;
  /** Dashboard of the alarms and their metrics. */
  public readonly dashboardName?: string;
  private readonly topics: SeverityTopics;
  private readonly logMetrics: LogMetrics;
  private readonly overrides: Overrides;
  private readonly prefix: string;
  private readonly name: string;
  private readonly pagingOnly: boolean;

  public constructor(scope: Construct, id: string, props: RegionAlarmsProps) {
    super(scope, id);
    const { alarms, monitored, name, prefix, dashboardName } = props;
    const { topics: existing = {}, overrides = {} } = alarms.options;
    this.name = name;
    // Alarm names are unique in account and region, so the stack and the path within it suffice.
    const uniqueName = { maxLength: 128, separator: '-', allowedSpecialCharacters: '-' };
    this.prefix = prefix ?? Names.uniqueResourceName(this, uniqueName);
    this.pagingOnly = alarms.pagingOnly;
    this.overrides = overrides;
    this.topics = new SeverityTopics(this, 'Topics', { existing });
    this.logMetrics = new LogMetrics(this, 'LogMetrics', { functions: monitored.functions ?? [] });

    const created = CATALOG.flatMap((spec) =>
      targetsOf(spec, monitored).flatMap((target) => this.createAlarm(spec, target)),
    );
    if (monitored.webSocket !== undefined) this.regionImpaired = this.createComposite(created);
    if (alarms.pagingOnly || created.length === 0) return;
    const { region } = Stack.of(this);
    const alarmsOfAll = created.map(({ alarm }) => alarm);
    const dashboard = new AlarmDashboard(this, 'Dashboard', {
      dashboardName: dashboardName ?? `${this.prefix}-${region}`,
      // Without a WebSocket API these are the health checks of all regions, whose metrics are in us-east-1.
      title: `${name}, ${monitored.webSocket === undefined ? 'routing' : region}`,
      states: this.regionImpaired === undefined ? alarmsOfAll : [this.regionImpaired, ...alarmsOfAll],
      alarms: created,
    });
    this.dashboardName = dashboard.dashboardName;
  }

  public topic(severity: AlarmSeverity): ITopic {
    return this.topics.topic(severity);
  }

  private createAlarm(spec: AlarmSpec, target: Target): CatalogAlarm[] {
    const alarmId = alarmIdOf(spec, target);
    const settings = settingsOf(spec, alarmId, this.overrides);
    const { severity, evaluationPeriods, datapointsToAlarm } = settings;
    if (settings.disabled || (this.pagingOnly && severity !== AlarmSeverity.P1)) return [];
    const metric = metricOf(spec, target, this.logMetrics);
    const factor = spec.unit === 'of the timeout' ? (target.timeoutSeconds ?? 0) * 1_000 : 1;
    const threshold = settings.threshold * factor;
    const alarm = new Alarm(this, pascalCase(alarmId), {
      alarmName: `${this.prefix}-${alarmId}`,
      alarmDescription: this.describe(spec, {
        severity,
        alarmId,
        impact: spec.impact ?? target.impact ?? '',
        region: target.region,
        url: target.url,
      }),
      metric,
      threshold,
      evaluationPeriods,
      datapointsToAlarm,
      comparisonOperator: OPERATORS[spec.comparison],
      treatMissingData: MISSING[spec.missing],
    });
    this.notify(alarm, severity);
    return [{ spec, alarm, metric, threshold, severity }];
  }

  private createComposite(created: readonly CatalogAlarm[]): CompositeAlarm | undefined {
    const { id, impact } = REGION_IMPAIRED;
    const { severity = REGION_IMPAIRED.severity, disabled = false } = this.overrides[id] ?? {};
    const paging = created.filter((one) => one.severity === AlarmSeverity.P1);
    if (disabled || paging.length === 0) return undefined;
    const composite = new CompositeAlarm(this, pascalCase(id), {
      compositeAlarmName: `${this.prefix}-${id}`,
      alarmDescription: this.describe(REGION_IMPAIRED, { severity, alarmId: id, impact }),
      alarmRule: AlarmRule.anyOf(...paging.map(({ alarm }) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    this.notify(composite, severity);
    return composite;
  }

  /** Notifies the topic on alarm and on OK, so that incident tools can close what they opened. */
  private notify(alarm: Alarm | CompositeAlarm, severity: AlarmSeverity): void {
    const action = new SnsAction(this.topics.topic(severity));
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }

  /** Text of the notification: problem, impact, first step, and links. */
  private describe(
    { id, title, todo }: Pick<AlarmSpec, 'id' | 'title' | 'todo'>,
    { severity, alarmId, impact, region = Stack.of(this).region, url }: DescriptionOptions,
  ): string {
    const links = url === undefined ? docsLink(id) : `${url} ${docsLink(id)}`;
    return `[${severity}] ${this.name} ${region} ${alarmId}: ${title}. Impact: ${impact} Do: ${todo} ${links}`;
  }
}

/** What a notification says besides the texts of the catalog. */
interface DescriptionOptions extends Pick<Target, 'region' | 'url'> {
  readonly severity: AlarmSeverity;
  readonly alarmId: string;
  readonly impact: string;
}

/** A construct id: `FunctionErrorsMessage` for `function-errors-message`. */
function pascalCase(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
