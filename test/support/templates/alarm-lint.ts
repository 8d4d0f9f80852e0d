// Rules on every alarm of a template: it can fire, it notifies a topic, and its text says what to do.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { emitterOf, healthRoutesIn, type NamedMetric, type TemplateJson } from './emitted-metrics';
import { readable } from './templates';

/** Context that the template does not contain. */
export interface LintOptions {
  /**
   * Existing topics, as in the template.
   *
   * @default - only topics of the template
   */
  readonly topics?: readonly unknown[];
  /**
   * Templates of the app's other stacks. Alarms may name their global tables in regions with a replica.
   *
   * @default - none
   */
  readonly others?: readonly TemplateJson[];
  /**
   * Region of the template.
   *
   * @default - unknown: tables of other templates have no replica in it
   */
  readonly region?: string;
}

const ALARM = 'AWS::CloudWatch::Alarm';
const PAGE = path.join(__dirname, '..', '..', '..', 'docs', 'reference', 'alarms.md');
const ANCHORS = [...readFileSync(PAGE, 'utf8').matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id]) => id);
const LINK = /https:\/\/github\.com\/cdk-realtime\/cdk-realtime\/blob\/main\/docs\/reference\/alarms\.md#([a-z-]+)$/;
const DESCRIPTION = /^\[(P[123])\] \S+ \S+ [a-z0-9-]+: .{10,}\. Impact: .{10,} Do: .{10,} https:\S+$/;
/** Metrics that count losses: one is too many, so one minute suffices. */
const LOSS_COUNTERS = ['ApproximateNumberOfMessagesVisible'];
/** Metrics of which high values are good. Of all others, low values are. */
const GOOD_IS_HIGH = ['HealthCheckStatus'];
/** Metrics whose `Average` is the share of failed requests. */
const SHARES = ['ExecutionError', 'IntegrationError', 'ClientError', '4xx', '5xx'];
const DAY = 86_400;

/** Problems of the alarms of a template, each with the alarm's logical id. */
export function lintAlarms(template: TemplateJson, options: LintOptions = {}): string[] {
  const problems: string[] = [];
  const topics = new Map<string, Set<string>>();
  for (const [id, { Type, Properties: alarm = {} }] of Object.entries(template.Resources ?? {})) {
    if (Type !== ALARM && Type !== 'AWS::CloudWatch::CompositeAlarm') continue;
    const require = (ok: unknown, problem: string): void => {
      if (ok !== true) problems.push(`${id}: ${problem}`);
    };
    const severity = lintText(alarm, require);
    for (const topic of lintActions(alarm, template, options.topics ?? [], require)) {
      topics.set(severity, (topics.get(severity) ?? new Set()).add(topic));
    }
    if (Type === ALARM) lintMetricAlarm(alarm, template, options, require);
    else lintRule(alarm, template, require);
  }
  for (const [severity, used] of topics) {
    if (used.size !== 1) problems.push(`${severity}: goes to ${used.size} topics: ${[...used].join(', ')}`);
  }
  return [...problems, ...lintTopics(template), ...lintDashboard(template)];
}

type Require = (ok: unknown, problem: string) => void;
type Props = Record<string, any>;

/** Name and description. Returns the severity. */
function lintText(alarm: Props, require: Require): string {
  const name = readable(alarm.AlarmName ?? '');
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  require(name.length > 0 && name.length <= 255, 'a name of 1 to 255 characters');
  const text = readable(alarm.AlarmDescription ?? '');
  const [, severity] = DESCRIPTION.exec(text) ?? [];
  require(severity !== undefined, `a description in the form of DESCRIPTION, got: ${text}`);
  require(text.length <= 1_024, 'a description of at most 1024 characters');
  require(ANCHORS.includes(LINK.exec(text)?.[1]), 'a link to its anchor in docs/reference/alarms.md');
  return severity ?? 'no severity';
}

/** Actions. Returns the topics. */
function lintActions(
  alarm: Props,
  template: TemplateJson,
  existing: readonly unknown[],
  require: Require,
): readonly string[] {
  const topics = ['AlarmActions', 'OKActions'].map((actions) => {
    const list: unknown[] = alarm[actions] ?? [];
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    require(list.length >= 1 && list.length <= 5, `1 to 5 ${actions}`);
    for (const action of list) {
      const { Ref } = action as { Ref?: string };
      const isOwn = Ref !== undefined && template.Resources?.[Ref]?.Type === 'AWS::SNS::Topic';
      const isExisting = existing.some((one) => JSON.stringify(one) === JSON.stringify(action));
      require(isOwn || isExisting, `${actions} that go to a topic, got: ${JSON.stringify(action)}`);
    }
    return JSON.stringify(list);
  });
  require(topics[0] === topics[1], 'the same topics for ALARM and OK');
  require(alarm.ActionsEnabled !== false, 'actions that are enabled');
  return [...new Set(topics)];
}

function lintMetricAlarm(alarm: Props, template: TemplateJson, options: LintOptions, require: Require): void {
  const { metrics, isExpression } = metricsOf(alarm, require);
  require(metrics.length >= 1 && metrics.length <= 10, `1 to 10 metrics, got ${metrics.length}`);
  const [first] = metrics;
  for (const { name, namespace, dimensions, statistic } of metrics) {
    const emitter = emitterOf({ name, namespace, dimensions }, template, options);
    require(typeof emitter !== 'string', `a metric that is emitted: ${typeof emitter === 'string' ? emitter : ''}`);
    const health = healthRoutesIn({ name, namespace, dimensions }, template);
    require(health.length === 0, `a metric without health checks, has: ${health.join(', ')}`);
    require(/^(Sum|Average|Minimum|Maximum|SampleCount|p\d+(\.\d+)?)$/.test(
      statistic,
    ), `a statistic, got: ${statistic}`);
    if (name === 'Duration' && typeof emitter !== 'string') {
      const timeout = emitter.resource.Properties?.Timeout * 1_000;
      require(alarm.Threshold < timeout, `a threshold below the timeout, ${timeout} ms, got: ${alarm.Threshold}`);
    }
  }
  lintTime(
    alarm,
    metrics.map(({ period }) => period),
    first?.name ?? '',
    require,
  );
  const missing = ['breaching', 'notBreaching', 'ignore', 'missing'];
  require(missing.includes(alarm.TreatMissingData), 'an explicit TreatMissingData');
  const good = GOOD_IS_HIGH.includes(first?.name ?? '') ? /^LessThan/ : /^GreaterThan/;
  require(good.test(alarm.ComparisonOperator ?? ''), `a comparison that ${good.source}`);
  const { Threshold: threshold } = alarm;
  require(Number.isFinite(threshold) && threshold >= 0, `a threshold of at least 0, got: ${threshold}`);
  const isShare = isExpression ? isRatio(alarm) : SHARES.includes(first?.name ?? '') && first?.statistic === 'Average';
  if (isShare) require(threshold > 0 && threshold < 1, `a share between 0 and 1, got: ${threshold}`);
}

interface LintedMetric extends NamedMetric {
  readonly statistic: string;
  readonly period: number;
}

function metricsOf(alarm: Props, require: Require): { metrics: readonly LintedMetric[]; isExpression: boolean } {
  const read = (metric: Props, statistic: unknown, period: unknown): LintedMetric => ({
    namespace: metric.Namespace ?? '',
    name: metric.MetricName ?? '',
    dimensions: Object.fromEntries((metric.Dimensions ?? []).map((one: any) => [one.Name, one.Value])),
    statistic: String(statistic),
    period: Number(period),
  });
  if (alarm.Metrics === undefined) {
    return { metrics: [read(alarm, alarm.Statistic ?? alarm.ExtendedStatistic, alarm.Period)], isExpression: false };
  }
  const entries: Props[] = alarm.Metrics;
  const returned = entries.filter(({ ReturnData }) => ReturnData === true);
  require(returned.length === 1, 'one of its metrics returned');
  require(entries.every(
    ({ ReturnData }) => typeof ReturnData === 'boolean',
  ), 'for each metric, whether it is returned');
  require(new Set(entries.map(({ Id }) => Id)).size === entries.length &&
    entries.every(({ Id }) => Id), 'an id for each metric');
  const { Expression: expression, Id: own } = returned[0] ?? {};
  const used = expression === undefined ? [String(own)] : [...expression.matchAll(/\b[a-z]\w*\b/g)].map(([id]) => id);
  const stats = entries.filter(({ MetricStat }) => MetricStat !== undefined);
  const known = stats.map(({ Id }) => String(Id)).sort();
  require([...new Set(used)].sort().join() ===
    known.join(), `an expression of its metrics: ${used.join()} of ${known.join()}`);
  return {
    metrics: stats.map(({ MetricStat: { Metric = {}, Stat, Period } }) => read(Metric, Stat, Period)),
    isExpression: expression !== undefined,
  };
}

const isRatio = (alarm: Props): boolean => alarm.Metrics.some(({ Expression }: Props) => Expression?.includes(' / '));

/** Periods, and how many of them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html */
function lintTime(alarm: Props, periods: readonly number[], name: string, require: Require): void {
  const { EvaluationPeriods: of, DatapointsToAlarm: some } = alarm;
  const [period = 0] = periods;
  require(periods.every((one) => one === period), 'one period for all its metrics');
  require(period === 10 ||
    period === 30 ||
    (period > 0 && period % 60 === 0), `a period that CloudWatch has, got: ${period}`);
  require(Number.isInteger(of) && of >= 1, `a number of periods, got: ${of}`);
  require(Number.isInteger(some) && some >= 1 && some <= of, `a number of data points of ${of}, got: ${some}`);
  require(of * period <= (period < 3_600 ? DAY : 7 * DAY), 'a window that CloudWatch can look back');
  require(some > 1 || period > 60 || LOSS_COUNTERS.includes(name), 'more than one minute, unless it counts losses');
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
function lintRule(alarm: Props, template: TemplateJson, require: Require): void {
  const rule = alarm.AlarmRule ?? '';
  const text = JSON.stringify(rule);
  const parts = [...text.matchAll(/"Fn::GetAtt":\["(\w+)","Arn"\]/g)].map(([, id = '']) => id);
  require(parts.length >= 1 && parts.length <= 100, 'a rule of 1 to 100 alarms');
  const paging = alarmsOf(template).filter(([, { AlarmDescription: text }]) => readable(text ?? '').startsWith('[P1]'));
  const missing = paging.filter(([id]) => !parts.includes(id));
  require(missing.length === 0, `a rule of all that page, misses: ${missing.map(([id]) => id).join()}`);
  const others = parts.filter((part) => !paging.some(([id]) => id === part));
  require(others.length === 0, `a rule of alarms that page, has: ${others.join()}`);
  // The rule contains the ARN of each, of about this length.
  const arns = parts.map((part) => 70 + readable(template.Resources?.[part]?.Properties?.AlarmName ?? '').length);
  const length = readable(rule).length + arns.reduce((sum, one) => sum + one, 0);
  require(length <= 10_240, `a rule of at most 10240 characters, got about ${length}`);
}

function alarmsOf(template: TemplateJson): [id: string, props: Props][] {
  return Object.entries(template.Resources ?? {}).flatMap(([id, { Type, Properties = {} }]) =>
    Type === ALARM ? [[id, Properties]] : [],
  );
}

/** The dashboard, if there is one, shows every alarm and its metrics. */
function lintDashboard(template: TemplateJson): string[] {
  const all = Object.values(template.Resources ?? {});
  const dashboard = all.find(({ Type }) => Type === 'AWS::CloudWatch::Dashboard');
  if (dashboard === undefined) return [];
  const body = JSON.stringify(dashboard.Properties?.DashboardBody);
  return alarmsOf(template).flatMap(([id, alarm]) => [
    ...(body.includes(`"Fn::GetAtt":["${id}","Arn"]`) ? [] : [`${id}: a state on the dashboard`]),
    ...metricsOf(alarm, () => undefined)
      .metrics.filter(({ namespace, name }) => !body.includes(`[\\"${namespace}\\",\\"${name}\\"`))
      .map(({ name }) => `${id}: ${name} on the dashboard`),
  ]);
}

/** CloudWatch can publish to the topics of the template, and use their keys. */
function lintTopics(template: TemplateJson): string[] {
  const all = Object.entries(template.Resources ?? {});
  const allows = (statements: any[] = [], actions: readonly string[]): boolean =>
    statements.some(
      ({ Effect, Principal, Action }) =>
        Effect === 'Allow' &&
        [Principal.Service].flat().includes('cloudwatch.amazonaws.com') &&
        actions.every((action) => [Action].flat().includes(action)),
    );
  return all
    .filter(([, { Type }]) => Type === 'AWS::SNS::Topic')
    .flatMap(([id, { Properties }]) => {
      const policies = all.flatMap(([, { Type, Properties: policy }]) =>
        Type === 'AWS::SNS::TopicPolicy' && policy?.Topics.some(({ Ref }: Props) => Ref === id) === true
          ? [policy.PolicyDocument?.Statement as any[]]
          : [],
      );
      const statements = policies.flat();
      const keyId = Properties?.KmsMasterKeyId?.['Fn::GetAtt']?.[0];
      const key =
        keyId === undefined ? undefined : template.Resources?.[String(keyId)]?.Properties?.KeyPolicy?.Statement;
      return [
        ...(allows(statements, ['sns:Publish']) ? [] : [`${id}: a policy that allows CloudWatch to publish`]),
        ...(statements.some(
          ({ Effect, Condition }) => Effect === 'Deny' && Condition?.Bool['aws:SecureTransport'] === 'false',
        )
          ? []
          : [`${id}: a policy that requires TLS`]),
        ...(allows(key, ['kms:Decrypt', 'kms:GenerateDataKey*']) ? [] : [`${id}: a key that CloudWatch can use`]),
      ];
    });
}
