/** A pending timer, for `clear`. */
export interface Timer {
  /** Internal to the clock. */
  readonly handle: unknown;
}

/** The local cloud's only source of time. Tests use a faster one, so that two hours pass in two seconds. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `callback` after `ms` of this clock's time. Does not keep the process alive. */
  after(ms: number, callback: () => void): Timer;
  clear(timer: Timer): void;
}

/** The wall clock, accelerated by `speed`: with 3600, an hour passes in a second. */
export class SystemClock implements Clock {
  private readonly start = Date.now();

  public constructor(private readonly speed: number = 1) {}

  public now(): number {
    return this.start + (Date.now() - this.start) * this.speed;
  }

  public after(ms: number, callback: () => void): Timer {
    return { handle: setTimeout(callback, Math.max(0, ms / this.speed)).unref() };
  }

  public clear(timer: Timer): void {
    clearTimeout(timer.handle as NodeJS.Timeout);
  }
}
