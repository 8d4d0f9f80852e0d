// Whether this region should serve, and which others should not: what Route 53's health checkers are answered. docs/decisions/0012
import { type DrainMarks, evacuated } from '../../../lib/contract/drain-marks';
import type { EvacuatedAnswer } from '../../../lib/contract/http-routes';
import { RealtimeError } from '../../../protocol';
import type { Logger, Runtime } from '../runtime';

/**
 * What was found counts for so long: a health check has about sixteen checkers, each of which asks every ten seconds.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html Milliseconds.
 */
export const HEALTH_MEMORY = 5_000;

export interface HealthDeps {
  /** This region. */
  readonly region: string;
  /** All regions of the network, this one included. */
  readonly regions: readonly string[];
  /** Each throws when this region lacks something that it needs. */
  readonly probes: readonly (() => Promise<unknown>)[];
  /** The drain marks, if there are other regions; throws when they can't be read. */
  readonly marks?: () => Promise<DrainMarks>;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

export interface HealthAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What was found, when this region was looked at. */
interface Found {
  readonly outOfService: ReadonlySet<string>;
  readonly error?: unknown;
}

/** Looks at this region for health checks, and remembers for a while what it found. */
export class Health {
  private last: { readonly until: number; readonly found: Promise<Found> } | undefined;

  public constructor(private readonly deps: HealthDeps) {}

  /**
   * Whether this region serves: not when it lacks something, nor when it was drained. Unless only one other is left that was
   * not: then its word alone takes this one out, so that should it be lost, this one serves again.
   */
  public async answer(): Promise<HealthAnswer> {
    const { region, regions } = this.deps;
    const { outOfService, error } = await this.found();
    if (error !== undefined) return unhealthy(region);
    if (outOfService.has(region)) {
      const others = regions.length - outOfService.size;
      return { status: others > 1 ? 503 : 200, body: { status: 'draining', region } };
    }
    return { status: 200, body: { status: 'ok', region } };
  }

  /**
   * Whether a region was drained, as far as is known here. Another region's check is turned around by a good answer that names
   * it, and by nothing else: so a region that knows nothing, or can't be reached, takes no other out. Nor does one that can't
   * serve itself: of a region that was drained and one that is broken, the drained one is the better. That none was drained is
   * a good answer, too: it is what is answered nearly always, and no error.
   */
  public async isEvacuated(region: string): Promise<HealthAnswer> {
    const { outOfService, error } = await this.found();
    if (error !== undefined) return unhealthy(this.deps.region);
    const body: EvacuatedAnswer = { evacuated: outOfService.has(region) ? region : null };
    return { status: 200, body: { ...body } };
  }

  private found(): Promise<Found> {
    const now = this.deps.runtime.now();
    if (this.last === undefined || now >= this.last.until) {
      this.last = { until: now + HEALTH_MEMORY, found: this.look() };
    }
    return this.last.found;
  }

  private async look(): Promise<Found> {
    const { regions, probes, marks, logger } = this.deps;
    const [known, ...found] = await Promise.allSettled([marks?.(), ...probes.map((probe) => probe())]);
    const failed = [known, ...found].filter((one) => one.status === 'rejected');
    for (const { reason } of failed) logger.error('unhealthy', { error: reason as unknown });
    const outOfService = evacuated(regions, known.status === 'fulfilled' ? (known.value ?? new Map()) : new Map());
    return { outOfService, ...(failed[0] === undefined ? {} : { error: failed[0].reason as unknown }) };
  }
}

function unhealthy(region: string): HealthAnswer {
  const error = new RealtimeError('unhealthy');
  return { status: error.status, body: { status: 'unhealthy', region, error: error.toWire() } };
}
