import type { Clock, Timer } from '../../support/clock';
import type { EndpointCheck } from './health-checks';
import type { ProbeResult } from './probe';

/** Last result of a checker. */
export interface Observation extends ProbeResult {
  /** Milliseconds since 1970, on the cloud's clock. */
  readonly time: number;
}

/**
 * Probes an endpoint at its interval, and keeps its status. One checker replaces the sixteen or so of Route 53, which probe
 * independently and report an endpoint as healthy when 18% of them do: on one machine all of them would see the same.
 */
export class Checker {
  /** Status before inversion. A new check is healthy until enough results contradict it. */
  public isResponding = true;
  public last: Observation | undefined;
  /** Consecutive results that contradict the status. */
  private contraryResults = 0;
  private timer: Timer | undefined;
  private isStopped = false;

  public constructor(
    public readonly check: EndpointCheck,
    private readonly clock: Clock,
    private readonly ask: (check: EndpointCheck) => Promise<ProbeResult>,
  ) {}

  /** Probes now and then at every interval. */
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
