import type { Clock, Timer } from '../../local';

interface Waiting extends Timer {
  readonly at: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout;
}

/** The wall clock, which can be advanced. Timers that are due by then fire immediately, in order. */
export class MovableClock implements Clock {
  private ahead = 0;
  private readonly waiting = new Set<Waiting>();

  public now(): number {
    return Date.now() + this.ahead;
  }

  public after(ms: number, callback: () => void): Timer {
    const at = this.now() + ms;
    const timer: Waiting = { at, callback, handle: this.start(at, () => timer) };
    this.waiting.add(timer);
    return timer;
  }

  public clear(timer: Timer): void {
    this.waiting.delete(timer as Waiting);
    clearTimeout(timer.handle as NodeJS.Timeout);
  }

  public move(ms: number): void {
    this.ahead += ms;
    for (const timer of [...this.waiting].sort((a, b) => a.at - b.at)) {
      clearTimeout(timer.handle);
      if (timer.at <= this.now()) this.fire(timer);
      else timer.handle = this.start(timer.at, () => timer);
    }
  }

  private start(at: number, timer: () => Waiting): NodeJS.Timeout {
    const fire = (): void => {
      this.fire(timer());
    };
    return setTimeout(fire, Math.max(0, at - this.now())).unref();
  }

  /** An earlier timer may have cleared this one. */
  private fire(timer: Waiting): void {
    if (this.waiting.delete(timer)) timer.callback();
  }
}
