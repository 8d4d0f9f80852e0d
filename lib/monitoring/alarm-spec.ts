import type { AlarmSeverity } from '../alarm-severity';
import type { FunctionName } from '../contract/functions';
import type { QueueRole } from './components';

/** Which resources an alarm is made for: one alarm each. The dimensions of its metric follow from it (targets.ts). */
export type Watches =
  | {
      readonly kind: 'webSocket' | 'http' | 'callbacks' | 'peers' | 'table' | 'replica' | 'deadLetters' | 'healthCheck';
    }
  | { readonly kind: 'function'; readonly roles: readonly FunctionName[] }
  | { readonly kind: 'queue'; readonly roles: readonly QueueRole[] };

/** What is measured. */
export interface MetricSpec {
  /** For metrics of our own, the beginning of it: see log-metrics.ts. */
  readonly namespace: string;
  readonly name: string;
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'p90' | 'p99';
  /**
   * Sums up to what the metric is a share of: the alarm looks at metric / sum.
   *
   * @default - it looks at the metric itself
   */
  readonly shareOf?: readonly string[];
  /**
   * Whether the service counts it for each operation only, so that the alarm looks at the sum over all that functions use.
   *
   * @default false
   */
  readonly isPerOperation?: true;
}

/** One entry of the catalog. */
export interface AlarmSpec {
  /** Stable: its place in docs/reference/alarms.md, a part of alarm names, the key of overrides. Never given a new meaning. */
  readonly id: string;
  /** What is wrong when it fires. */
  readonly title: string;
  /** Where it stands in dashboard and docs. */
  readonly section: Section;
  readonly watches: Watches;
  readonly metric: MetricSpec;
  /** Seconds of one data point. */
  readonly period: number;
  readonly comparison: '>' | '>=' | '<';
  readonly threshold: number;
  /** What the threshold counts. A share is 0 to 1; `of the timeout` is a share of the watched function's own. */
  readonly unit: 'a minute' | 'share' | 'ms' | 's' | 'messages' | 'of the timeout' | 'healthy';
  /** Data points of the last `periods` that have to breach. */
  readonly datapoints: number;
  readonly periods: number;
  readonly missing: 'notBreaching' | 'breaching';
  readonly severity: AlarmSeverity;
  /**
   * Whether its metric counts losses, of which one is too many: it may fire on a single data point.
   *
   * @default false
   */
  readonly isLossCounter?: true;
  /**
   * What it means for users.
   *
   * @default - what is told about the role of the watched resource (roles.ts)
   */
  readonly impact?: string;
  /** What to do first: one sentence, for the notification. */
  readonly todo: string;
  /** What to do, step by step, for the docs. */
  readonly steps: readonly string[];
  /** Where the numbers come from. */
  readonly source: string;
}

export const SECTIONS = ['API', 'Functions', 'Deliveries', 'Queues', 'Tables', 'Replication', 'Routing'] as const;

export type Section = (typeof SECTIONS)[number];
