/**
 * Runs at most `size` tasks at once; the others wait. Groups take turns, and within one it is first come, first served: one
 * that has much to do, or whose tasks hang, leaves the others their share.
 */
export class Pool {
  private running = 0;
  /** By group; the one whose turn it is comes first. */
  private readonly waiting = new Map<string, (() => void)[]>();
  /** Whoever waits for room, by group. */
  private readonly roomWaiters = new Map<string, (() => void)[]>();

  public constructor(private readonly size: number) {}

  public async run<T>(group: string, task: () => T | Promise<T>): Promise<T> {
    if (this.running >= this.size)
      await new Promise<void>((resolve) => {
        add(this.waiting, group, resolve);
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

  /** Resolves once fewer tasks of the group wait than run in all. */
  public async hasRoom(group: string): Promise<void> {
    if ((this.waiting.get(group)?.length ?? 0) < this.size) return;
    await new Promise<void>((resolve) => {
      add(this.roomWaiters, group, resolve);
    });
  }

  private next(): (() => void) | undefined {
    const [turn] = this.waiting;
    if (turn === undefined) return undefined;
    const [group, tasks] = turn;
    const next = tasks.shift();
    this.waiting.delete(group);
    // To the end: every other group comes first.
    if (tasks.length > 0) this.waiting.set(group, tasks);
    if (tasks.length < this.size) {
      for (const resolve of this.roomWaiters.get(group) ?? []) resolve();
      this.roomWaiters.delete(group);
    }
    return next;
  }
}

function add(lists: Map<string, (() => void)[]>, group: string, one: () => void): void {
  const list = lists.get(group);
  if (list === undefined) lists.set(group, [one]);
  else list.push(one);
}
