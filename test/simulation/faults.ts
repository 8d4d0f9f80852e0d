import type { Random } from './random';

/** Everything that can go wrong. The names are what a report counts. */
export const FAULTS = [
  'table-throttled',
  'table-failed-before-write',
  'table-answer-lost',
  'table-slow',
  'table-out',
  'replica-delayed',
  'replica-reordered',
  'replica-paused',
  'ttl-late',
  'post-throttled',
  'post-failed',
  'post-answer-lost',
  'post-twice',
  'post-slow',
  'post-to-gone',
  'post-gone-though-alive',
  'disconnect-lost',
  'idle-closed',
  'two-hours-closed',
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
  'network-partitioned',
  'client-reloaded',
  'client-away',
  'client-moved',
  'client-clock-skewed',
  'token-refused',
] as const;
export type Fault = (typeof FAULTS)[number];

/** How often each fault happens in one schedule (a probability for each occasion), and how often it did. */
export class Faults {
  public readonly counts: Record<Fault, number> = Object.fromEntries(FAULTS.map((name) => [name, 0])) as Record<
    Fault,
    number
  >;
  /** Set when the calm comes: nothing new goes wrong. */
  public over = false;

  public constructor(
    private readonly random: Random,
    private readonly rates: Partial<Record<Fault, number>>,
    private readonly trace: (line: string) => void,
  ) {}

  /** Whether the fault happens now. */
  public strikes(fault: Fault, where: string): boolean {
    // Drawn in any case: leaving a fault out, to shrink a schedule, should change as little else as possible.
    const drawn = this.random.next();
    const rate = this.rates[fault] ?? 0;
    if (this.over || drawn >= rate) return false;
    this.note(fault, where);
    return true;
  }

  /** Counts one that happened by itself. */
  public note(fault: Fault, where: string): void {
    this.counts[fault] += 1;
    this.trace(`! ${fault} ${where}`);
  }

  /** Something between, when a fault has a size. */
  public between(from: number, to: number): number {
    return this.random.between(from, to);
  }
}
