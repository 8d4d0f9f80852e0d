/**
 * Runs at most `size` tasks at once; the others wait. Groups take turns, and within one it is first come, first served: one
 * that has much to do, or whose tasks hang, leaves the others their share.
 */
export class Pool {
  private running = 0;
  /** By group; the one whose turn it is comes first. */
  private readonly waiting = new Map<string, (() => void)[]>();

  public constructor(private readonly size: number) {}

  public async run<T>(group: string, task: () => T | Promise<T>): Promise<T> {
    if (this.running >= this.size)
      await new Promise<void>((resolve) => {
        const tasks = this.waiting.get(group);
        if (tasks === undefined) this.waiting.set(group, [resolve]);
        else tasks.push(resolve);
      });
    else this.running += 1;
    try {
      return await task();
    } finally {
      const next = this.next();
      // The slot passes to the next task directly, so that a newcomer can't take it in between.
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private next(): (() => void) | undefined {
    const [turn] = this.waiting;
    if (turn === undefined) return undefined;
    const [group, tasks] = turn;
    const next = tasks.shift();
    this.waiting.delete(group);
    // To the end: every other group comes first.
    if (tasks.length > 0) this.waiting.set(group, tasks);
    return next;
  }
}
