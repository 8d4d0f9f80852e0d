// No CDK at run time: docs/reference/alarms.md is generated with this file.
import type { AlarmSpec } from './alarm-spec';
import { FUNCTIONS, QUEUES, TABLES } from './components';
import type { MonitoredResources, MonitoredRoute, MonitoredStage } from './monitored-resources';

/** The resource that one alarm monitors. */
export interface Target {
  /**
   * Distinguishes it from the other targets of its entry.
   *
   * @default - the entry has one target
   */
  readonly name?: string;
  readonly dimensions: Record<string, string>;
  /**
   * The region that the alarm is about.
   *
   * @default - the region of the alarm
   */
  readonly region?: string;
  /** URL to open first, for the notification. */
  readonly url?: string;
  /** What users notice when the resource fails. Entries can override it. */
  readonly impact?: string;
  /** Operations whose metrics are added up, for metrics that exist only for each operation. */
  readonly operations?: readonly string[];
  /** Timeout of the function, for thresholds that are a share of it. Seconds. */
  readonly timeoutSeconds?: number;
}

/** The resources that a catalog entry creates alarms for. */
export function targetsOf({ monitors }: AlarmSpec, monitored: MonitoredResources): readonly Target[] {
  const { webSocket, http, functions = [], tables = [], queues = [], healthChecks = [] } = monitored;
  switch (monitors.kind) {
    case 'webSocket':
      return webSocket === undefined ? [] : [{ dimensions: ofStage(webSocket) }];
    case 'http':
      return http === undefined ? [] : [{ dimensions: ofRoute(http) }];
    case 'callbacks':
      // One metric for all functions that post.
      return functions.length === 0 ? [] : [{ dimensions: {} }];
    case 'peers':
      // One metric for all functions that publish. A region has an inbox if there are other regions.
      return functions.some(({ component }) => component === 'inbox') ? [{ dimensions: {} }] : [];
    case 'function':
      return functions
        .filter(({ component }) => monitors.components.includes(component))
        .map(({ component, function: { functionName }, timeoutSeconds }) => ({
          // An entry for one function has one alarm, which needs no name.
          name: monitors.components.length > 1 ? component : undefined,
          dimensions: { FunctionName: functionName },
          impact: FUNCTIONS[component].impact,
          timeoutSeconds,
        }));
    case 'queue':
      return queues
        .filter(({ component }) => monitors.components.includes(component))
        .map(({ component, queue }) => ({
          dimensions: { QueueName: queue.queueName },
          impact: QUEUES[component].impact,
        }));
    case 'deadLetters':
      return queues.map(({ component, deadLetterQueue }) => ({
        name: component,
        dimensions: { QueueName: deadLetterQueue.queueName },
        impact: QUEUES[component].impact,
      }));
    case 'table':
      return tables.map(({ component, tableName }) => {
        const { impact, operations } = TABLES[component];
        return { name: component, dimensions: { TableName: tableName }, impact, operations };
      });
    case 'replica':
      return tables.flatMap(({ component, tableName, receivingRegions = [] }) =>
        receivingRegions.map((region) => ({
          name: `${component}-${region}`,
          dimensions: { TableName: tableName, ReceivingRegion: region },
          impact: TABLES[component].lagImpact,
        })),
      );
    case 'healthCheck':
      return healthChecks.map(({ region, url, healthCheckId }) => ({
        name: region,
        region,
        url,
        dimensions: { HealthCheckId: healthCheckId },
      }));
  }
}

/** One of the metrics that an alarm evaluates. */
export interface MetricPart {
  /** Distinguishes it from the other metrics of the alarm. */
  readonly key: string;
  readonly metricName: string;
  /** Dimensions in addition to those of the target. */
  readonly dimensions: Record<string, string>;
}

/** The metrics that an alarm evaluates. CloudWatch bills each of them. */
export function partsOf({ metric }: AlarmSpec, { operations = [] }: Target): readonly MetricPart[] {
  const { name, shareOf = [], isPerOperation = false } = metric;
  if (isPerOperation) return operations.map((key) => ({ key, metricName: name, dimensions: { Operation: key } }));
  return [...new Set([name, ...shareOf])].map((key) => ({ key, metricName: key, dimensions: {} }));
}

function ofStage({ apiId, stageName }: MonitoredStage): Record<string, string> {
  return { ApiId: apiId, Stage: stageName };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
function ofRoute({ method, path, ...stage }: MonitoredRoute): Record<string, string> {
  return { ...ofStage(stage), Method: method, Resource: path };
}
