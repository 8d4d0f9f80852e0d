// Health checks, and what makes one healthy.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html

/** Asks a host, again and again. */
export interface EndpointCheck {
  readonly kind: 'endpoint';
  readonly id: string;
  readonly host: string;
  /** With the query. */
  readonly path: string;
  /** What the beginning of the body must hold. */
  readonly search?: string;
  readonly inverted: boolean;
  /** Milliseconds from an answer to the next question. */
  readonly interval: number;
  /** So many results in a row change the status. */
  readonly threshold: number;
}

/** Counts other checks. */
export interface CalculatedCheck {
  readonly kind: 'calculated';
  readonly id: string;
  readonly children: readonly string[];
  /** So many children must be healthy. */
  readonly threshold: number;
  readonly inverted: boolean;
}

export type HealthCheck = EndpointCheck | CalculatedCheck;

/**
 * Whether a health check is healthy. One that nobody made here has nothing against it.
 *
 * @param responds whether an endpoint passes, as seen by the checkers, before it is inverted
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
