// Virtual time: a queue of events that run one at a time. Before the next event, every promise that can settle has settled.
import TinyQueue from 'tinyqueue';

/** A scheduled event, to be passed to `cancel`. */
export interface Scheduled {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Events that run before the process's other work gets a turn. */
const EVENTS_PER_TURN = 20_000;

/** The clock of a simulation. Everything that waits uses it. */
export class Kernel {
  public events = 0;
  private time: number;
  private order = 0;
  private readonly queue = new TinyQueue<Scheduled>([], compare);

  /** @param start milliseconds since 1970 */
  public constructor(start: number) {
    this.time = start;
  }

  public now(): number {
    return this.time;
  }

  /** Schedules a callback after `ms`. Callbacks of the same time run in the order in which they were scheduled. */
  public after(ms: number, run: () => void): Scheduled {
    const event = { at: this.time + Math.max(0, ms), order: this.order++, run };
    this.queue.push(event);
    return event;
  }

  public cancel(event: Scheduled | undefined): void {
    if (event !== undefined) event.run = undefined;
  }

  public sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Runs the events up to a time. */
  public run(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        const event = this.queue.peek();
        if (event === undefined || event.at > until) {
          this.time = Math.max(this.time, until);
          resolve();
          return;
        }
        this.queue.pop();
        if (event.run === undefined) {
          step();
          return;
        }
        this.time = event.at;
        this.events += 1;
        try {
          event.run();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        if (this.events % EVENTS_PER_TURN === 0) setImmediate(step);
        // A tick queued by a microtask runs after the last microtask.
        else
          queueMicrotask(() => {
            process.nextTick(step);
          });
      };
      step();
    });
  }
}

/** Orders events by time, then by the order in which they were scheduled. */
function compare(a: Scheduled, b: Scheduled): number {
  return a.at - b.at || a.order - b.order;
}
