/**
 * Runs at most `size` tasks at once. Groups take turns (round robin), and within a group tasks start in order of arrival, so that a
 * group with many or hanging tasks does not block the others.
 */
export class FairPool {
  private running = 0;
  /** Waiting tasks by group, in the order of the groups' turns. */
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
      // The slot passes to the next task directly, so that a later task can't take it first.
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
    // Reinserted at the end: every other group has its turn first.
    if (tasks.length > 0) this.waiting.set(group, tasks);
    return next;
  }
}
