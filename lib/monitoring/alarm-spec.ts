import type { AlarmSeverity } from '../alarm-severity';
import type { FunctionName } from '../contract/functions';
import type { QueueComponent } from './components';

/** Selects the resources that an entry creates alarms for, one each. The dimensions of the metric follow from it (targets.ts). */
export type ResourceSelector =
  | {
      readonly kind: 'webSocket' | 'http' | 'callbacks' | 'peers' | 'table' | 'replica' | 'deadLetters' | 'healthCheck';
    }
  | { readonly kind: 'function'; readonly components: readonly FunctionName[] }
  | { readonly kind: 'queue'; readonly components: readonly QueueComponent[] };

/** The metric of an alarm. */
export interface MetricSpec {
  /** For metrics from logs, the prefix of the namespace: see log-metrics.ts. */
  readonly namespace: string;
  readonly name: string;
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'p90' | 'p99';
  /**
   * Metrics whose sum is the whole that the metric is a share of. The alarm evaluates metric / sum.
   *
   * @default - the alarm evaluates the metric itself
   */
  readonly shareOf?: readonly string[];
  /**
   * Whether the service has the metric only for each operation. The alarm then evaluates the sum over the operations in use.
   *
   * @default false
   */
  readonly isPerOperation?: true;
}

/** An entry of the catalog. */
export interface AlarmSpec {
  /** Stable id: anchor in docs/reference/alarms.md, part of alarm names, key of overrides. Never reused for another meaning. */
  readonly id: string;
  /** The problem, as a sentence without a period. */
  readonly title: string;
  /** Section of the dashboard and of docs/reference/alarms.md. */
  readonly section: Section;
  readonly monitors: ResourceSelector;
  readonly metric: MetricSpec;
  /** Seconds of a data point. */
  readonly period: number;
  readonly comparison: '>' | '>=' | '<';
  readonly threshold: number;
  /** Unit of the threshold. A share is 0 to 1; `of the timeout` is a share of the function's own timeout. */
  readonly unit: 'per minute' | 'share' | 'ms' | 's' | 'messages' | 'of the timeout' | 'healthy';
  /** Data points of the last `periods` that must breach. */
  readonly datapoints: number;
  readonly periods: number;
  readonly missing: 'notBreaching' | 'breaching';
  readonly severity: AlarmSeverity;
  /**
   * Whether the metric counts losses. Such an alarm may fire on a single data point.
   *
   * @default false
   */
  readonly isLossCounter?: true;
  /**
   * What users notice, as the end of "Impact: ".
   *
   * @default - the impact of the component (components.ts)
   */
  readonly impact?: string;
  /** First step of the response, for the notification. */
  readonly todo: string;
  /** All steps of the response, for docs/reference/alarms.md. */
  readonly steps: readonly string[];
  /** Source of threshold and periods. */
  readonly source: string;
}

export const SECTIONS = ['API', 'Functions', 'Deliveries', 'Queues', 'Tables', 'Replication', 'Routing'] as const;

export type Section = (typeof SECTIONS)[number];
