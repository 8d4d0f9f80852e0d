// Monthly price of the alarms of a region, or of routing. docs/reference/alarms.md prints it, and a test compares it with templates.

/** Billed items. */
export interface Billed {
  /** Metrics that alarms evaluate, those of expressions included. */
  readonly alarmMetrics: number;
  readonly compositeAlarms: number;
  readonly dashboards: number;
  /** Metrics from logs, billed for hours with data. */
  readonly customMetrics: number;
  /** Detailed metrics of routes, billed like those from logs, for hours with requests. */
  readonly routeMetrics: number;
  readonly keys: number;
}

/**
 * Dollars a month, in us-east-1; topics and notifications within the free tier cost nothing.
 *
 * https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/kms/pricing/
 */
export const MONTHLY: Readonly<Record<keyof Billed, number>> = {
  alarmMetrics: 0.1,
  compositeAlarms: 0.5,
  dashboards: 3,
  customMetrics: 0.3,
  routeMetrics: 0.3,
  keys: 1,
};

/** Detailed metrics of a route of an HTTP API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export const METRICS_OF_A_ROUTE = 6;

/** Dollars a month, without the free tier (ten alarm metrics, ten metrics, three dashboards an account). */
export function monthlyPrice(billed: Billed): number {
  return (Object.keys(MONTHLY) as (keyof Billed)[]).reduce((sum, part) => sum + billed[part] * MONTHLY[part], 0);
}
