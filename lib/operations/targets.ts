import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib';
import type { AlarmSpec } from './alarm-spec';
import type { CallbackMetrics } from './callback-metrics';
import { FUNCTIONS, QUEUES, TABLES } from './roles';
import type { WatchedResources, WatchedStage } from './watched';

/** What one alarm looks at. */
export interface Target {
  /**
   * Tells it from the others of its entry.
   *
   * @default - there is only one
   */
  readonly name?: string;
  readonly dimensions: Record<string, string>;
  /** What its failing means, if the entry leaves that to the role of the resource. */
  readonly impact?: string;
  /** For metrics that are counted for each operation: which. */
  readonly operations?: readonly string[];
  /** For thresholds that are a share of it. */
  readonly timeoutSeconds?: number;
}

/** What an entry of the catalog finds to look at. */
export function targetsOf({ watches }: AlarmSpec, watched: WatchedResources): readonly Target[] {
  const { functions = [], tables = [], queues = [], healthChecks = [] } = watched;
  switch (watches.kind) {
    case 'webSocket':
      return stage(watched.webSocket);
    case 'http':
      return stage(watched.http);
    case 'callbacks':
      // Counted over all functions that post, so there is one; the filters are in their logs.
      return functions.length === 0 ? [] : [{ dimensions: {} }];
    case 'function':
      return functions
        .filter(({ role }) => watches.roles.includes(role))
        .map(({ role, function: { functionName }, timeoutSeconds }) => ({
          // An entry for one role has one alarm, which needs no name of its own.
          ...(watches.roles.length > 1 ? { name: role } : {}),
          ...{ dimensions: { FunctionName: functionName }, impact: FUNCTIONS[role].impact, timeoutSeconds },
        }));
    case 'queue':
      return queues
        .filter(({ role }) => watches.roles.includes(role))
        .map(({ role, queue }) => ({ dimensions: { QueueName: queue.queueName }, impact: QUEUES[role].impact }));
    case 'deadLetters':
      return queues.flatMap(({ role, deadLetterQueue: queue }) =>
        queue === undefined
          ? []
          : [{ name: role, dimensions: { QueueName: queue.queueName }, impact: QUEUES[role].impact }],
      );
    case 'table':
      return tables.map(({ role, tableName }) => {
        const { impact, operations } = TABLES[role];
        return { name: role, dimensions: { TableName: tableName }, impact, operations };
      });
    case 'replica':
      return tables.flatMap(({ role, tableName, receivingRegions = [] }) =>
        receivingRegions.map((region) => ({
          name: `${role}-${region}`,
          dimensions: { TableName: tableName, ReceivingRegion: region },
          impact: TABLES[role].lagImpact,
        })),
      );
    case 'healthCheck':
      return healthChecks.map(({ region, healthCheckId }) => ({
        ...{ name: region, dimensions: { HealthCheckId: healthCheckId } },
      }));
  }
}

/** The metric of an entry, for one target. */
export function metricOf({ metric: spec, period }: AlarmSpec, target: Target, callbacks: CallbackMetrics): IMetric {
  const { name, namespace, statistic, shareOf, isPerOperation } = spec;
  const shared = { period: Duration.seconds(period), label: target.name ?? name };
  const one = (metricName: string, more: Record<string, string> = {}): Metric => {
    const dimensionsMap = { ...target.dimensions, ...more };
    const source = callbacks.metric(namespace, metricName) ?? { namespace, metricName, dimensionsMap };
    return new Metric({ ...source, statistic, ...shared });
  };
  // Several targets stand in one graph, where every metric needs an id of its own.
  const idOf = (part: string): string => `${target.name ?? 'all'}_${part}`.toLowerCase().replaceAll('-', '_');
  // What has not happened has no data, and would leave a whole expression without any.
  const sum = (parts: readonly string[]): string => parts.map((part) => `FILL(${idOf(part)}, 0)`).join(' + ');
  const express = (expression: string, metrics: readonly (readonly [string, Metric])[]): IMetric => {
    const usingMetrics = Object.fromEntries(metrics.map(([part, metric]) => [idOf(part), metric]));
    return new MathExpression({ expression, usingMetrics, ...shared });
  };
  if (isPerOperation) {
    const operations = target.operations ?? [];
    return express(
      sum(operations),
      operations.map((Operation) => [Operation, one(name, { Operation })]),
    );
  }
  if (shareOf === undefined) return one(name);
  const whole = sum(shareOf);
  return express(
    `IF(${whole} > 0, ${sum([name])} / (${whole}), 0)`,
    [...new Set([name, ...shareOf])].map((part) => [part, one(part)]),
  );
}

function stage(one: WatchedStage | undefined): readonly Target[] {
  return one === undefined ? [] : [{ dimensions: { ApiId: one.apiId, Stage: one.stageName } }];
}
