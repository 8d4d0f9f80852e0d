/** Lets so many at once, and the others in the order in which they came. */
export class Semaphore {
  private held = 0;
  private readonly waiting: (() => void)[] = [];

  public constructor(private readonly limit: number) {}

  public get heldOrWaiting(): number {
    return this.held + this.waiting.length;
  }

  /** Resolves when it is this one's turn; `end` it. */
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
