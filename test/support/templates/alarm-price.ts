// What the alarms of a region, or of routing, cost in a month: docs/reference/alarms.md tells it, and a test counts it in templates.

/** What is billed. */
export interface Billed {
  /** Metrics that alarms look at; those within an expression count too. */
  readonly alarmMetrics: number;
  readonly compositeAlarms: number;
  readonly dashboards: number;
  /** Metrics made out of logs, billed for the hours in which there is something to count. */
  readonly customMetrics: number;
  /** Metrics of single routes, billed as those, in hours in which there are requests. */
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

/** How many metrics a route of an HTTP API has: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export const METRICS_OF_A_ROUTE = 6;

/** Dollars a month, without what the free tier takes off (ten alarm metrics, ten metrics, three dashboards an account). */
export function monthlyPrice(billed: Billed): number {
  return (Object.keys(MONTHLY) as (keyof Billed)[]).reduce((sum, part) => sum + billed[part] * MONTHLY[part], 0);
}
