// Answers Route 53's health checks: whether this region can serve, and which other regions are drained. docs/decisions/0012
import { type DrainMarks, evacuated } from '../../../lib/contract/drain-marks';
import type { EvacuatedAnswer } from '../../../lib/contract/http-routes';
import { RealtimeError } from '../../../protocol';
import type { Logger, Runtime } from '../runtime';

/**
 * Time that a result is cached. A health check has about sixteen checkers, each of which asks every ten seconds.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html Milliseconds.
 */
export const HEALTH_CACHE = 5_000;

export interface HealthDeps {
  /** This region. */
  readonly region: string;
  /** All regions of the network, this one included. */
  readonly regions: readonly string[];
  /** Each throws when a resource that this region needs is not available. */
  readonly probes: readonly (() => Promise<unknown>)[];
  /** Reads the drain marks; throws when they can't be read. @default - there are no other regions */
  readonly drainMarks?: () => Promise<DrainMarks>;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

export interface HealthResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Result of the probes and of reading the drain marks. */
interface Assessment {
  readonly outOfService: ReadonlySet<string>;
  /** The first failure. */
  readonly error?: unknown;
}

/** Assesses this region, and caches the result. */
export class Health {
  private cached: { readonly until: number; readonly assessment: Promise<Assessment> } | undefined;

  public constructor(private readonly deps: HealthDeps) {}

  /**
   * Whether this region serves: not when a probe fails, nor when it is drained. A drained region with only one other region in
   * service answers 200: the other region's check alone takes it out of service, so that it serves again if the other one fails.
   */
  public async status(): Promise<HealthResponse> {
    const { region, regions } = this.deps;
    const { outOfService, error } = await this.assessment();
    if (error !== undefined) return unhealthy(region);
    if (outOfService.has(region)) {
      const others = regions.length - outOfService.size;
      return { status: others > 1 ? 503 : 200, body: { status: 'draining', region } };
    }
    return { status: 200, body: { status: 'ok', region } };
  }

  /**
   * Whether another region is drained, as far as this region knows. The other region's health check is inverted: it fails only on
   * a 200 that names the region. A region that can't read the drain marks, or can't be reached, therefore takes no other region
   * out of service. Nor does a region that can't serve itself: a drained region is better than a failed one. A region that is not
   * drained gets 200 as well, since this is the usual answer and must not count as an error.
   */
  public async evacuation(region: string): Promise<HealthResponse> {
    const { outOfService, error } = await this.assessment();
    if (error !== undefined) return unhealthy(this.deps.region);
    const body: EvacuatedAnswer = { evacuated: outOfService.has(region) ? region : null };
    return { status: 200, body: { ...body } };
  }

  private assessment(): Promise<Assessment> {
    const now = this.deps.runtime.now();
    if (this.cached === undefined || now >= this.cached.until) {
      this.cached = { until: now + HEALTH_CACHE, assessment: this.assess() };
    }
    return this.cached.assessment;
  }

  private async assess(): Promise<Assessment> {
    const { regions, probes, drainMarks, logger } = this.deps;
    const [marks, ...probed] = await Promise.allSettled([drainMarks?.(), ...probes.map((probe) => probe())]);
    const failed = [marks, ...probed].filter((one) => one.status === 'rejected');
    for (const { reason } of failed) logger.error('unhealthy', { error: reason as unknown });
    const outOfService = evacuated(regions, marks.status === 'fulfilled' ? (marks.value ?? new Map()) : new Map());
    return { outOfService, error: failed[0]?.reason as unknown };
  }
}

function unhealthy(region: string): HealthResponse {
  const error = new RealtimeError('unhealthy');
  return { status: error.status, body: { status: 'unhealthy', region, error: error.toWire() } };
}
