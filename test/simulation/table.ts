// A DynamoDB table as far as the adapters use it: conditional writes, strongly and eventually consistent reads, late TTL deletes,
// replicas in other regions. Items are plain objects with `pk` and `sk`.
import { evaluate, type Expression, update } from './expressions';
import type { Faults } from './faults';
import type { Item } from './item';
import type { Kernel } from '../../load/simulation/kernel';
import type { Random } from './random';

/** A condition does not hold for the stored item. */
export class ConditionFailed extends Error {
  public constructor(public readonly item: Item | undefined) {
    super('The conditional request failed');
  }
}

interface Stored {
  item: Item;
  /** When this version was written in the region that wrote it: the last writer wins. Milliseconds since 1970. */
  writtenAt: number;
  /** The earlier version, which eventually consistent reads return until a time. */
  stale: { readonly until: number; readonly item: Item | undefined } | undefined;
}

/** The condition of a write; undefined for an unconditional one. */
export type Condition = Expression | undefined;

/** Longest time for which eventually consistent reads may miss a write. Milliseconds. */
const STALENESS = 500;
/** Longest delay of a TTL delete. Milliseconds. */
const TTL_LATE = 48 * 3_600_000;

export interface TableOptions {
  readonly name: string;
  readonly kernel: Kernel;
  readonly random: Random;
  readonly faults: Faults;
}

/** A write or a delete of one item, as it replicates. */
export interface Change {
  readonly key: { readonly pk: string; readonly sk: string };
  /** Undefined for a delete. */
  readonly item: Item | undefined;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
  /** The item that this write replaced in its region. */
  readonly before: Item | undefined;
  /** Whether TTL deleted the item. */
  readonly isTtl: boolean;
  /** Whether the writer had to check for an earlier attempt first. */
  readonly lookedBack: boolean;
}

/** Smallest difference of the times of two versions of an item. Milliseconds. */
const VERSION_STEP = 0.001;

export interface QueryOptions {
  /** The lowest sort key. */
  readonly from: string;
  /** The highest sort key. */
  readonly to: string;
  readonly isForward: boolean;
  readonly limit: number;
  readonly isConsistent: boolean;
}

/** One region's replica of a table. */
export class SimTable {
  private readonly partitions = new Map<string, Map<string, Stored>>();
  /** Sorted sort keys of a partition, computed when a query needs them. */
  private readonly sorted = new Map<string, string[]>();
  /** Until then, every call fails. */
  public outageUntil = 0;
  /** When deleted items were deleted, by partition and sort key joined by a zero character. Milliseconds since 1970. */
  private readonly deletedAt = new Map<string, number>();
  /** By partition: until then, it throttles every request. */
  public readonly hotUntil = new Map<string, number>();
  /** Called for every write of this region. */
  public replicate: ((change: Change) => void) | undefined;

  public constructor(private readonly options: TableOptions) {}

  public get(pk: string, sk: string, strong: boolean): Item | undefined {
    const stored = this.partitions.get(pk)?.get(sk);
    return stored === undefined ? undefined : this.versionFor(stored, strong);
  }

  /** @param lookedBack whether the writer had to check for an earlier attempt first */
  public put(item: Item, condition: Condition, lookedBack: boolean): void {
    const before = this.get(item.pk, item.sk, true);
    this.check(before, condition);
    this.writeHere(item, item, { lookedBack });
  }

  public delete(pk: string, sk: string, condition: Condition): Item | undefined {
    const before = this.get(pk, sk, true);
    this.check(before, condition);
    this.writeHere(undefined, { pk, sk });
    return before;
  }

  public update(pk: string, sk: string, expression: Expression, condition: Condition): Item {
    const before = this.get(pk, sk, true);
    this.check(before, condition);
    const after = update(before ?? { pk, sk }, expression);
    this.writeHere(after, after);
    return after;
  }

  /** Items of a partition whose sort keys are in a range, both ends inclusive. */
  public query(pk: string, { from, to, isForward, limit, isConsistent }: QueryOptions): readonly Item[] {
    const partition = this.partitions.get(pk);
    if (partition === undefined) return [];
    const keys = this.keys(pk, partition);
    const first = lowerBound(keys, from);
    const end = upperBound(keys, to);
    const items: Item[] = [];
    for (let i = 0; i < end - first && items.length < limit; i++) {
      const stored = partition.get(keys[isForward ? first + i : end - 1 - i] as string) as Stored;
      const item = this.versionFor(stored, isConsistent);
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  /** Items of all partitions that follow a key. */
  public scan(
    after: { pk: string; sk: string } | undefined,
    limit: number,
  ): { readonly items: readonly Item[]; readonly more: boolean } {
    const all = [...this.partitions]
      .flatMap(([pk, partition]) => [...partition.values()].map(({ item }) => ({ key: `${pk}\0${item.sk}`, item })))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const rest = after === undefined ? all : all.filter(({ key }) => key > `${after.pk}\0${after.sk}`);
    return { items: rest.slice(0, limit).map(({ item }) => item), more: rest.length > limit };
  }

  /**
   * Applies a write of another region, unless the item has a later version: the last writer wins.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html#V2globaltables_HowItWorks.conflict-resolution
   */
  public receive({ item, key, writtenAt, before, isTtl }: Change): void {
    const current = this.partitions.get(key.pk)?.get(key.sk);
    if (writtenAt <= this.lastWriteOf(key)) return;
    this.write(item, key, writtenAt);
    if (!isTtl || current === undefined) return;
    const { faults, name } = this.options;
    faults.count('ttl-delete-replicated', `${name} ${key.pk} ${key.sk}`);
    if (current.item.x !== before?.x) faults.count('ttl-delete-of-rewritten-row', `${name} ${key.pk} ${key.sk}`);
  }

  /**
   * Lets TTL delete an item now, if it still expires at `x`.
   *
   * @param wins whether the delete counts as later than writes of other regions that have not arrived
   */
  public expire(
    { pk, sk }: Change['key'],
    x: unknown,
    wins = this.options.faults.isPossible('ttl-delete-of-rewritten-row'),
  ): void {
    const stored = this.partitions.get(pk)?.get(sk);
    if (stored === undefined || stored.item.x !== x) return;
    // AWS documents that any region may delete an expired item, that the delete replicates, and that the last writer wins, but not
    // which time a TTL delete has: that of the delete, or one that loses against every later write of the item.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.prescriptive-guidance.throughput.html
    if (sk === '!' && this.options.name.startsWith('messages'))
      this.options.faults.count('header-expired', `${this.options.name} ${pk}`);
    const writtenAt = wins ? this.options.kernel.now() : stored.writtenAt + VERSION_STEP;
    this.writeHere(undefined, { pk, sk }, { isTtl: true, writtenAt });
  }

  /** All items, as a backup has them. */
  public items(): readonly Item[] {
    return [...this.partitions.values()].flatMap((partition) => [...partition.values()].map(({ item }) => item));
  }

  /** Replaces all items, as a new table does that was restored from a backup. */
  public replaceAll(items: readonly Item[]): void {
    const now = this.options.kernel.now();
    for (const { pk, sk } of this.items()) this.write(undefined, { pk, sk }, now);
    for (const item of items) this.write(item, item, now);
  }

  /** Deletes the expired items of matching partitions. */
  public deleteExpired(isIncluded: (pk: string) => boolean): void {
    const now = this.options.kernel.now();
    for (const { pk, sk, x } of this.items()) {
      if (isIncluded(pk) && typeof x === 'number' && x * 1000 <= now) this.write(undefined, { pk, sk }, now);
    }
  }

  /** Writes or deletes an item in this region, and replicates the change. */
  private writeHere(
    item: Item | undefined,
    { pk, sk }: Change['key'],
    options: Partial<Pick<Change, 'isTtl' | 'lookedBack' | 'writtenAt'>> = {},
  ): void {
    const key = { pk, sk };
    const before = this.partitions.get(pk)?.get(sk)?.item;
    const { isTtl = false, lookedBack = false } = options;
    const writtenAt = options.writtenAt ?? Math.max(this.options.kernel.now(), this.lastWriteOf(key) + VERSION_STEP);
    this.write(item, key, writtenAt);
    this.replicate?.({ key, item, writtenAt, before, isTtl, lookedBack });
  }

  /** When the stored version of an item was written, or the item was deleted; 0 for an item that was never written. */
  private lastWriteOf({ pk, sk }: Change['key']): number {
    return this.partitions.get(pk)?.get(sk)?.writtenAt ?? this.deletedAt.get(`${pk}\0${sk}`) ?? 0;
  }

  private write(item: Item | undefined, { pk, sk }: Change['key'], writtenAt: number): void {
    const partition = this.partitions.get(pk) ?? new Map<string, Stored>();
    this.partitions.set(pk, partition);
    const before = partition.get(sk);
    if (item === undefined) {
      partition.delete(sk);
      this.sorted.delete(pk);
      if (this.replicate !== undefined) this.deletedAt.set(`${pk}\0${sk}`, writtenAt);
      return;
    }
    const stale = { until: this.options.kernel.now() + this.options.random.between(0, STALENESS), item: before?.item };
    if (before === undefined) {
      const stored = { item, writtenAt, stale };
      partition.set(sk, stored);
      const keys = this.sorted.get(pk);
      // Most new sort keys are the highest.
      if (keys !== undefined && sk > (keys.at(-1) ?? '')) keys.push(sk);
      else this.sorted.delete(pk);
    } else Object.assign(before, { item, writtenAt, stale });
    this.expireLater(item);
  }

  /** Schedules the TTL delete of an item. */
  private expireLater(item: Item): void {
    const { pk, sk, x } = item;
    if (typeof x !== 'number') return;
    const { kernel, random, faults, name } = this.options;
    const isLate = faults.occurs('ttl-late', `${name} ${pk}`);
    const delay = isLate ? random.between(0, TTL_LATE) : random.between(0, 60_000);
    kernel.after(x * 1000 - kernel.now() + delay, () => {
      this.expire({ pk, sk }, x);
    });
  }

  private check(item: Item | undefined, condition: Condition): void {
    if (condition !== undefined && !evaluate(condition, item)) throw new ConditionFailed(item);
  }

  private versionFor({ item, stale }: Stored, strong: boolean): Item | undefined {
    return strong || stale === undefined || stale.until <= this.options.kernel.now() ? item : stale.item;
  }

  private keys(pk: string, partition: ReadonlyMap<string, Stored>): string[] {
    let keys = this.sorted.get(pk);
    if (keys === undefined) {
      keys = [...partition.keys()].sort();
      this.sorted.set(pk, keys);
    }
    return keys;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
