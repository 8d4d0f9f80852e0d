/** Runs at most `size` tasks at once; the others wait their turn, first come, first served. */
export class Pool {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly roomWaiters: (() => void)[] = [];

  public constructor(private readonly size: number) {}

  public async run<T>(task: () => T | Promise<T>): Promise<T> {
    if (this.running >= this.size) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      // The slot passes to the next task directly, so that a newcomer can't take it in between.
      if (next === undefined) this.running -= 1;
      else next();
      if (this.waiting.length < this.size) for (const resolve of this.roomWaiters.splice(0)) resolve();
    }
  }

  /** Resolves once fewer tasks wait than run. */
  public async hasRoom(): Promise<void> {
    if (this.waiting.length >= this.size) await new Promise<void>((resolve) => this.roomWaiters.push(resolve));
  }
}
