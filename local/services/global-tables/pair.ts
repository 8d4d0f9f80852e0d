import type { Clock, Timer } from '../../support/clock';
import type { Item } from '../dynamodb';
import type { Random } from '../../support/random';
import { drawLag, type Lag } from './lag';
import type { Version } from './versions';

/** A write of one item, as it goes to another replica. */
export interface Change {
  readonly table: string;
  readonly key: Item;
  /** Names the item among those of all tables. */
  readonly item: string;
  /** What stands there since; undefined when it was deleted. */
  readonly image: Item | undefined;
  readonly version: Version;
}

/** A change that waits for its time, or for the way to be free. */
interface Waiting {
  change: Change;
  /** When the first of the writes was made that this one holds. Milliseconds since 1970. */
  readonly since: number;
  /** Undefined once its time has come, and the way was not free. */
  timer: Timer | undefined;
}

export interface PairOptions {
  readonly from: string;
  readonly to: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly lag: Lag;
  /** Whether anything gets from the one region to the other. */
  readonly reaches: () => boolean;
  /** Writes into the other replica; false when a later write stood there. */
  readonly apply: (change: Change) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/** What is replicated from one region to one other. */
export class ReplicationPair {
  public lag: Lag;
  /** Writes that arrived and took effect, and those that a later one had overtaken. */
  public applied = 0;
  public superseded = 0;
  /** How long the last one that arrived had taken, since the oldest write in it. Milliseconds. */
  public lastLag: number | undefined;
  private paused = false;
  private stopped = false;
  /** By item, oldest first: of several changes of one item, only the last one goes, as AWS allows itself too. */
  private readonly waiting = new Map<string, Waiting>();
  private readonly arriving = new Set<Waiting>();

  public constructor(private readonly options: PairOptions) {
    this.lag = options.lag;
  }

  public get from(): string {
    return this.options.from;
  }

  public get to(): string {
    return this.options.to;
  }

  /** Items whose last change is not there yet. */
  public get pending(): number {
    return this.waiting.size + this.arriving.size;
  }

  /** When the oldest write was made that is not there yet. Milliseconds since 1970. */
  public get oldest(): number | undefined {
    const [[, waits] = [undefined, undefined]] = this.waiting;
    const [arrives] = this.arriving;
    if (waits === undefined || arrives === undefined) return (waits ?? arrives)?.since;
    return Math.min(waits.since, arrives.since);
  }

  public get isPaused(): boolean {
    return this.paused;
  }

  public set isPaused(isPaused: boolean) {
    this.paused = isPaused;
    this.release();
  }

  public send(change: Change): void {
    const before = this.waiting.get(change.item);
    if (before !== undefined) before.change = change;
    else this.wait({ change, since: this.options.clock.now(), timer: undefined });
  }

  /** The way may be free again: what could not go takes as long from now as if it had just been written. */
  public release(): void {
    if (!this.isOpen()) return;
    for (const one of this.waiting.values()) if (one.timer === undefined) this.schedule(one);
  }

  /** Ends it. What waits is written now, whatever the way, when tables are kept: no later start would know of it. */
  public async stop(deliver: boolean): Promise<void> {
    this.stopped = true;
    const left = [...this.waiting.values()];
    this.waiting.clear();
    for (const { timer } of left) if (timer !== undefined) this.options.clock.clear(timer);
    if (!deliver) return;
    for (const { change } of left) await this.options.apply(change).catch(this.options.onError);
  }

  private isOpen(): boolean {
    return !this.paused && this.options.reaches();
  }

  private wait(one: Waiting): void {
    this.waiting.set(one.change.item, one);
    this.schedule(one);
  }

  private schedule(one: Waiting): void {
    const { clock, random } = this.options;
    one.timer = clock.after(drawLag(this.lag, random), () => {
      one.timer = undefined;
      if (this.isOpen()) void this.arrive(one);
    });
  }

  private async arrive(one: Waiting): Promise<void> {
    const { clock, apply, onError } = this.options;
    this.waiting.delete(one.change.item);
    this.arriving.add(one);
    try {
      if (await apply(one.change)) this.applied += 1;
      else this.superseded += 1;
      this.lastLag = clock.now() - one.since;
    } catch (error) {
      onError(error);
      // It is tried until it is there, unless another change of the item goes by now.
      if (!this.stopped && !this.waiting.has(one.change.item)) this.wait(one);
    } finally {
      this.arriving.delete(one);
    }
  }
}
