// Health checks and their evaluation.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html

/** A health check that probes a host. */
export interface EndpointCheck {
  readonly kind: 'endpoint';
  readonly id: string;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** Text that the beginning of the body must contain. */
  readonly search?: string;
  readonly inverted: boolean;
  /** Time between a result and the next probe. Milliseconds. */
  readonly interval: number;
  /** Consecutive results that change the status. */
  readonly threshold: number;
}

/** A health check that counts the healthy ones among other checks. */
export interface CalculatedCheck {
  readonly kind: 'calculated';
  readonly id: string;
  readonly children: readonly string[];
  /** Minimum number of healthy children. */
  readonly threshold: number;
  readonly inverted: boolean;
}

export type HealthCheck = EndpointCheck | CalculatedCheck;

/**
 * Whether a health check is healthy. An unknown check counts as healthy.
 *
 * @param responds whether the checkers report an endpoint as healthy, before inversion
 */
export function isHealthy(
  id: string,
  checks: ReadonlyMap<string, HealthCheck>,
  responds: (check: EndpointCheck) => boolean,
): boolean {
  const check = checks.get(id);
  if (check === undefined) return true;
  const passes =
    check.kind === 'endpoint'
      ? responds(check)
      : check.children.filter((child) => isHealthy(child, checks, responds)).length >= check.threshold;
  return passes !== check.inverted;
}
