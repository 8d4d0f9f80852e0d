import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSpec } from './alarm-spec';
import type { LogMetrics } from './log-metrics';
import { partsOf, type Target } from './targets';

/** The metric that an alarm evaluates, or the expression of several metrics. */
export function metricOf(spec: AlarmSpec, target: Target, logMetrics: LogMetrics): IMetric {
  const { name, namespace, statistic, shareOf, isPerOperation = false } = spec.metric;
  const shared = { period: Duration.seconds(spec.period), label: target.name ?? name };
  const parts = partsOf(spec, target).map(({ key, metricName, dimensions }) => {
    const dimensionsMap = { ...target.dimensions, ...dimensions };
    const source = logMetrics.metric(namespace, metricName) ?? { namespace, metricName, dimensionsMap };
    return { key, metric: new Metric({ ...source, statistic, ...shared }) };
  });
  const [first] = parts;
  if (first !== undefined && !isPerOperation && shareOf === undefined) return first.metric;
  // A dashboard graph shows several targets, and metric ids must be unique within it.
  const idOf = (key: string): string => `${target.name ?? 'all'}_${key}`.toLowerCase().replaceAll('-', '_');
  // A metric without data would leave the expression without a result.
  const sum = (keys: readonly string[]): string => keys.map((key) => `FILL(${idOf(key)}, 0)`).join(' + ');
  const whole = sum(shareOf ?? []);
  return new MathExpression({
    expression: isPerOperation ? sum(parts.map(({ key }) => key)) : `IF(${whole} > 0, ${sum([name])} / (${whole}), 0)`,
    usingMetrics: Object.fromEntries(parts.map(({ key, metric }) => [idOf(key), metric])),
    ...shared,
  });
}
