// Monthly price of the health checks of a region. docs/reference/alarms.md prints it, and a test compares it with templates.

/** A billed health check on an AWS endpoint. */
export interface BilledCheck {
  /** Seconds between two requests of a checker. */
  readonly interval: 10 | 30;
  readonly matchesText: boolean;
}

/** Endpoint checks of a region: `/health`, and the evacuation check. A calculated one combines them. */
export const REGION_CHECKS: readonly BilledCheck[] = [
  { interval: 10, matchesText: false },
  { interval: 30, matchesText: true },
];

/** Dollars, in us-east-1. */
export const UNIT = {
  /** A check a month; the first fifty of an account are free. https://aws.amazon.com/route53/pricing/ */
  check: 0.5,
  /** HTTPS, ten seconds, and the match of a text are a feature each, a month. */
  feature: 1,
  /** A million requests of an HTTP API. https://aws.amazon.com/api-gateway/pricing/ */
  httpRequests: 1,
  /** A million requests, and a gigabyte-second on Arm. https://aws.amazon.com/lambda/pricing/ */
  invocations: 0.2,
  gigabyteSecond: 0.0000133334,
  /** A gigabyte of logs. https://aws.amazon.com/cloudwatch/pricing/ */
  logs: 0.5,
  /** A million read units of a table. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  reads: 0.125,
  /** A million requests of a queue. https://aws.amazon.com/sqs/pricing/ */
  queueRequests: 0.4,
} as const;

/** Assumptions. AWS documents the number of checkers; the others are ours. */
export const ASSUMED = {
  checkers: 16,
  secondsOfMonth: 730 * 3_600,
  /** Nearly all answers are cached. */
  milliseconds: 5,
  memoryGigabytes: 0.5,
  /** A line of the access log, and the three that Lambda writes for an invocation. */
  bytesLogged: 700,
  /** How long each of two warm functions caches an answer (lambda/core/regions/health.ts). */
  memorySeconds: 5,
  warmFunctions: 2,
  /** Strongly consistent reads of two tables and the drain marks. One request to the inbox is added. */
  readUnits: 3,
} as const;

export interface HealthCheckPrice {
  readonly checks: number;
  /** Millions a month. */
  readonly requests: number;
  readonly api: number;
  readonly lambda: number;
  readonly logs: number;
  /** Reads of tables and requests to the inbox. */
  readonly looks: number;
  readonly total: number;
}

/** Dollars a month, without the free tier. A region with peers has a calculated check in addition. */
export function healthCheckPrice(endpoints: readonly BilledCheck[], calculated: number): HealthCheckPrice {
  const features = endpoints.map(({ interval, matchesText }) => 1 + Number(interval === 10) + Number(matchesText));
  const checks = UNIT.check * (endpoints.length + calculated) + UNIT.feature * sum(features);
  const { checkers, secondsOfMonth, milliseconds, memoryGigabytes, bytesLogged } = ASSUMED;
  const requests = sum(endpoints.map(({ interval }) => (checkers * secondsOfMonth) / interval)) / 1e6;
  const looks = (ASSUMED.warmFunctions * secondsOfMonth) / ASSUMED.memorySeconds / 1e6;
  const parts = {
    checks,
    api: requests * UNIT.httpRequests,
    lambda: requests * (UNIT.invocations + milliseconds * 1e3 * memoryGigabytes * UNIT.gigabyteSecond),
    logs: ((requests * bytesLogged) / 1e3) * UNIT.logs,
    looks: looks * (ASSUMED.readUnits * UNIT.reads + UNIT.queueRequests),
  };
  return { ...parts, requests, total: sum(Object.values(parts)) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
