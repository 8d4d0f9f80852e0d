import type { Clock, Timer } from '../../support/clock';
import type { EndpointCheck } from './health-checks';
import type { ProbeResult } from './probe';

/** What a checker saw last. */
export interface Observation extends ProbeResult {
  /** Milliseconds since 1970, on the cloud's clock. */
  readonly time: number;
}

/**
 * Asks an endpoint at its interval, and keeps its status. It stands for the sixteen or so that Route 53 has around the world:
 * they ask on their own, and 18% of them are enough to call an endpoint healthy. On one machine they would all see the same.
 */
export class Checker {
  /** A new check is healthy until there is enough data. */
  public isResponding = true;
  public last: Observation | undefined;
  /** Results in a row that speak against the status. */
  private contraryResults = 0;
  private timer: Timer | undefined;
  private isStopped = false;

  public constructor(
    public readonly check: EndpointCheck,
    private readonly clock: Clock,
    private readonly ask: (check: EndpointCheck) => Promise<ProbeResult>,
  ) {}

  /** Asks now, and from then on. */
  public async run(): Promise<void> {
    const result = await this.ask(this.check);
    if (this.isStopped) return;
    this.observe(result);
    this.timer = this.clock.after(this.check.interval, () => void this.run());
  }

  public stop(): void {
    this.isStopped = true;
    if (this.timer !== undefined) this.clock.clear(this.timer);
  }

  private observe(result: ProbeResult): void {
    this.last = { ...result, time: this.clock.now() };
    this.contraryResults = result.passed === this.isResponding ? 0 : this.contraryResults + 1;
    if (this.contraryResults < this.check.threshold) return;
    this.isResponding = result.passed;
    this.contraryResults = 0;
  }
}
