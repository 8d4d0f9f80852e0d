// No CDK in here at run time: docs/reference/alarms.md counts with it, too.
import type { AlarmSpec } from './alarm-spec';
import { FUNCTIONS, QUEUES, TABLES } from './components';
import type { WatchedResources, WatchedRoute, WatchedStage } from './monitored-resources';

/** What one alarm looks at. */
export interface Target {
  /**
   * Tells it from the others of its entry.
   *
   * @default - there is only one
   */
  readonly name?: string;
  readonly dimensions: Record<string, string>;
  /**
   * The region that is in trouble when it fails.
   *
   * @default - the one that the alarm is in
   */
  readonly region?: string;
  /** Where to look first, for the notification. */
  readonly url?: string;
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
      return watched.webSocket === undefined ? [] : [{ dimensions: ofStage(watched.webSocket) }];
    case 'http':
      return watched.http === undefined ? [] : [{ dimensions: ofRoute(watched.http) }];
    case 'callbacks':
      // Counted over all functions that post, so there is one; the filters are in their logs.
      return functions.length === 0 ? [] : [{ dimensions: {} }];
    case 'peers':
      // Counted in the logs of the functions that publish. Whoever has peers has an inbox.
      return functions.some(({ role }) => role === 'inbox') ? [{ dimensions: {} }] : [];
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
      return healthChecks.map(({ region, url, healthCheckId }) => ({
        ...{ name: region, region, url, dimensions: { HealthCheckId: healthCheckId } },
      }));
  }
}

/** One metric of those that an alarm looks at. */
export interface MetricPart {
  /** Tells it from the others of the alarm. */
  readonly key: string;
  readonly metricName: string;
  /** Those besides the target's. */
  readonly dimensions: Record<string, string>;
}

/** The metrics that an alarm looks at. CloudWatch bills each of them. */
export function partsOf({ metric }: AlarmSpec, { operations = [] }: Target): readonly MetricPart[] {
  const { name, shareOf = [], isPerOperation = false } = metric;
  if (isPerOperation) return operations.map((key) => ({ key, metricName: name, dimensions: { Operation: key } }));
  return [...new Set([name, ...shareOf])].map((key) => ({ key, metricName: key, dimensions: {} }));
}

function ofStage({ apiId, stageName }: WatchedStage): Record<string, string> {
  return { ApiId: apiId, Stage: stageName };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
function ofRoute({ method, path, ...stage }: WatchedRoute): Record<string, string> {
  return { ...ofStage(stage), Method: method, Resource: path };
}
