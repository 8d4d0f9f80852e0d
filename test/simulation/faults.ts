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
  'ttl-delete-replicated',
  'ttl-delete-of-rewritten-row',
  'partition-throttled',
  'batch-write-partial',
  'post-throttled',
  'account-posts-throttled',
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
  'account-functions-throttled',
  'function-frozen',
  'function-connections-lost',
  'function-clock-skewed',
  'queue-failed',
  'queue-answer-lost',
  'queue-batch-partial',
  'queue-slow',
  'queue-delivered-twice',
  'peer-send-failed',
  'peer-send-lost',
  'peer-slow',
  'peer-delivered-twice',
  'peer-dead-letter',
  'pair-cut',
  'regions-cut',
  'region-down',
  'region-drained',
  'connection-reset',
  'connection-half-open',
  'network-slow',
  'connect-timed-out',
  'connect-refused',
  'client-reloaded',
  'client-offline',
  'client-changed-region',
  'client-clock-skewed',
  'token-refused',
  'caller-gave-up',
  'client-restricted',
  'client-rewound',
  'client-hostile',
  'retention-changed',
  'ordering-changed',
  'region-added',
  'region-removed',
  'function-outdated',
  'header-expired',
  'tables-restored',
  'replica-rebuilt',
  'newest-entry-deleted',
  'client-away',
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

  /**
   * Decides whether a fault may occur now, without counting it: the caller counts it if it takes effect. Draws as `occurs` does.
   */
  public isPossible(fault: Fault): boolean {
    const drawn = this.random.next();
    return !this.isStopped && drawn < (this.rates[fault] ?? 0);
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
