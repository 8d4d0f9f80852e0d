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
  /** Called for every write of this region. */
  public replicate:
    | ((item: Item | undefined, key: { pk: string; sk: string }, lookedBack: boolean) => void)
    | undefined;

  public constructor(private readonly options: TableOptions) {}

  public get(pk: string, sk: string, strong: boolean): Item | undefined {
    const stored = this.partitions.get(pk)?.get(sk);
    return stored === undefined ? undefined : this.versionFor(stored, strong);
  }

  /** @param lookedBack whether the writer had to check for an earlier attempt first */
  public put(item: Item, condition: Condition, lookedBack: boolean): void {
    const before = this.get(item.pk, item.sk, true);
    this.check(before, condition);
    this.write(item, item);
    this.replicate?.(item, item, lookedBack);
  }

  public delete(pk: string, sk: string, condition: Condition): Item | undefined {
    const before = this.get(pk, sk, true);
    this.check(before, condition);
    this.write(undefined, { pk, sk });
    this.replicate?.(undefined, { pk, sk }, false);
    return before;
  }

  public update(pk: string, sk: string, expression: Expression, condition: Condition): Item {
    const before = this.get(pk, sk, true);
    this.check(before, condition);
    const after = update(before ?? { pk, sk }, expression);
    this.write(after, after);
    this.replicate?.(after, after, false);
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

  /** Applies a write of another region. */
  public receive(item: Item | undefined, key: { pk: string; sk: string }): void {
    this.write(item, key);
  }

  /** Deletes the expired items of matching partitions. */
  public deleteExpired(isIncluded: (pk: string) => boolean): void {
    const now = this.options.kernel.now();
    const items = [...this.partitions.values()].flatMap((partition) => [...partition.values()].map(({ item }) => item));
    for (const { pk, sk, x } of items) {
      if (isIncluded(pk) && typeof x === 'number' && x * 1000 <= now) this.write(undefined, { pk, sk });
    }
  }

  private write(item: Item | undefined, { pk, sk }: { pk: string; sk: string }): void {
    const partition = this.partitions.get(pk) ?? new Map<string, Stored>();
    this.partitions.set(pk, partition);
    const before = partition.get(sk);
    if (item === undefined) {
      partition.delete(sk);
      this.sorted.delete(pk);
      return;
    }
    const stale = { until: this.options.kernel.now() + this.options.random.between(0, STALENESS), item: before?.item };
    if (before === undefined) {
      const stored = { item, stale };
      partition.set(sk, stored);
      const keys = this.sorted.get(pk);
      // Most new sort keys are the highest.
      if (keys !== undefined && sk > (keys.at(-1) ?? '')) keys.push(sk);
      else this.sorted.delete(pk);
    } else Object.assign(before, { item, stale });
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
      const current = this.get(pk, sk, true);
      if (current === undefined || current.x !== x) return;
      this.write(undefined, { pk, sk });
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
