/** A counting semaphore. Waiters acquire it in the order of arrival. */
export class Semaphore {
  private held = 0;
  private readonly waiting: (() => void)[] = [];

  public constructor(private readonly limit: number) {}

  public get heldOrWaiting(): number {
    return this.held + this.waiting.length;
  }

  /** Resolves when a permit is acquired. Call `release` to return it. */
  public async acquire(): Promise<void> {
    if (this.held >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.held += 1;
  }

  public release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.held -= 1;
    else next();
  }
}
