import type { Random } from './random';

/** Faults that the simulation injects or causes. The report counts them by these names. */
export const FAULTS = [
  'table-throttled',
  'table-failed-before-write',
  'table-answer-lost',
  'table-slow',
  'table-outage',
  'replica-delayed',
  'replica-reordered',
  'replica-paused',
  'ttl-late',
  'post-throttled',
  'post-failed',
  'post-answer-lost',
  'post-delivered-twice',
  'post-slow',
  'post-to-closed-connection',
  'post-false-gone',
  'disconnect-lost',
  'connection-idle-closed',
  'connection-limit-closed',
  'function-cold',
  'function-crashed-before',
  'function-crashed-after',
  'function-timed-out',
  'function-throttled',
  'function-clock-skewed',
  'queue-failed',
  'queue-answer-lost',
  'queue-slow',
  'queue-delivered-twice',
  'peer-send-failed',
  'peer-send-lost',
  'peer-slow',
  'peer-delivered-twice',
  'peer-dead-letter',
  'pair-cut',
  'region-down',
  'region-drained',
  'connection-reset',
  'connection-half-open',
  'network-slow',
  'connect-timed-out',
  'client-reloaded',
  'client-offline',
  'client-changed-region',
  'client-clock-skewed',
  'token-refused',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Decides which faults occur in one schedule, and counts them. */
export class Faults {
  public readonly counts: Record<Fault, number> = Object.fromEntries(FAULTS.map((name) => [name, 0])) as Record<
    Fault,
    number
  >;
  /** Set at the end of the active phase: no further fault is injected. */
  public isStopped = false;

  public constructor(
    private readonly random: Random,
    /** The probability of each fault at each occasion. */
    private readonly rates: Partial<Record<Fault, number>>,
    private readonly trace: (line: string) => void,
  ) {}

  /** Decides whether a fault occurs now, and counts it if so. */
  public occurs(fault: Fault, location: string): boolean {
    // Drawn even at rate 0: removing a fault, to shrink a schedule, must not change the draws of the others.
    const drawn = this.random.next();
    const rate = this.rates[fault] ?? 0;
    if (this.isStopped || drawn >= rate) return false;
    this.count(fault, location);
    return true;
  }

  /** Counts a fault that the simulation did not inject but that followed from its state. */
  public count(fault: Fault, location: string): void {
    this.counts[fault] += 1;
    this.trace(`! ${fault} ${location}`);
  }

  /** A random size of a fault. */
  public between(from: number, to: number): number {
    return this.random.between(from, to);
  }
}
