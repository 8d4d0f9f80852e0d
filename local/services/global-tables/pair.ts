import type { Clock, Timer } from '../../support/clock';
import type { Item } from '../dynamodb';
import type { Random } from '../../support/random';
import { drawLag, type Lag } from './lag';
import type { Version } from './versions';

/** A write of one item, for another replica. */
export interface Change {
  readonly table: string;
  readonly key: Item;
  /** Name of the item, unique over all tables. */
  readonly item: string;
  /** Item after the write; undefined when it was deleted. */
  readonly image: Item | undefined;
  readonly version: Version;
}

/** A change that waits for its lag to pass, or for the connection between the regions. */
interface Waiting {
  change: Change;
  /** Time of the oldest write that this change includes. Milliseconds since 1970. */
  readonly since: number;
  /** Undefined when the lag has passed while the regions were cut off. */
  timer: Timer | undefined;
}

export interface PairOptions {
  readonly from: string;
  readonly to: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly lag: Lag;
  /** Whether the source region reaches the target region. */
  readonly reaches: () => boolean;
  /** Writes into the other replica; false when that has a later write. */
  readonly apply: (change: Change) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/** Replication from one region to another. */
export class ReplicationPair {
  public lag: Lag;
  /** Changes that arrived and were applied, and changes that a later write had superseded. */
  public applied = 0;
  public superseded = 0;
  /** Lag of the last change that arrived, since its oldest write. Milliseconds. */
  public lastLag: number | undefined;
  private paused = false;
  private stopped = false;
  /** By item, oldest first. Of several changes of one item only the last one is sent, as AWS may do too. */
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

  /** Items whose last change has not arrived yet. */
  public get pending(): number {
    return this.waiting.size + this.arriving.size;
  }

  /** Time of the oldest write that has not arrived yet. Milliseconds since 1970. */
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

  /** Sends held changes when the regions reach each other again. Their lag starts now. */
  public release(): void {
    if (!this.isOpen()) return;
    for (const one of this.waiting.values()) if (one.timer === undefined) this.schedule(one);
  }

  /** Stops replication. With `deliver`, writes pending changes regardless of cuts: a later start does not know of them. */
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
      // Retried until it succeeds, unless a newer change of the item is waiting.
      if (!this.stopped && !this.waiting.has(one.change.item)) this.wait(one);
    } finally {
      this.arriving.delete(one);
    }
  }
}
