/** Lets so many at once, and the others in the order in which they came. */
export class Turns {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  public constructor(private readonly most: number) {}

  public get all(): number {
    return this.taken + this.waiting.length;
  }

  /** Resolves when it is this one's turn; `end` it. */
  public async take(): Promise<void> {
    if (this.taken >= this.most) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.taken += 1;
  }

  public end(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.taken -= 1;
    else next();
  }
}
