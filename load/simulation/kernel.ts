// Virtual time: a queue of events that run one at a time. Before the next event, every promise that can continue has continued.
import TinyQueue from 'tinyqueue';

/** A scheduled event, to be passed to `cancel`. */
export interface Scheduled {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Number of events after which other work of the process gets a turn. */
const EVENTS_PER_TURN = 20_000;

/** The clock of a simulation. Everything that waits in the simulation waits for it. */
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

  /** Schedules an event in `ms` milliseconds. Events of the same moment run in the order in which they were scheduled. */
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

  /** Runs all events up to a time. Milliseconds since 1970. */
  public run(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        let event = this.queue.peek();
        // Cancelled events.
        while (event !== undefined && event.at <= until && event.run === undefined) {
          this.queue.pop();
          event = this.queue.peek();
        }
        if (event?.run === undefined || event.at > until) {
          this.time = Math.max(this.time, until);
          resolve();
          return;
        }
        this.queue.pop();
        this.time = event.at;
        this.events += 1;
        try {
          event.run();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        if (this.events % EVENTS_PER_TURN === 0) setImmediate(step);
        // A tick that a microtask queues runs when no microtask is left.
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
