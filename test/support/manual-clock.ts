import type { Clock, Timer } from '../../local/support/clock';

/** A clock that only `advance` moves, so that tests of timeouts do not depend on the machine's speed. */
export class ManualClock implements Clock {
  private time = Date.UTC(2026, 0, 1);
  private readonly timers = new Map<Timer, { readonly at: number; readonly callback: () => void }>();

  public now(): number {
    return this.time;
  }

  public after(ms: number, callback: () => void): Timer {
    const timer: Timer = { handle: undefined };
    this.timers.set(timer, { at: this.time + Math.max(0, ms), callback });
    return timer;
  }

  public clear(timer: Timer): void {
    this.timers.delete(timer);
  }

  /** Number of pending timers. */
  public get pending(): number {
    return this.timers.size;
  }

  /** Moves the clock, and runs the timers that become due in order. */
  public advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined) break;
      const [timer, { at, callback }] = next;
      this.timers.delete(timer);
      this.time = Math.max(this.time, at);
      callback();
    }
    this.time = end;
  }
}
