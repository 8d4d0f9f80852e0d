// A DynamoDB table as far as the adapters can tell: conditional writes, strong and eventual reads, TTL that is late,
// replicas in other regions. Items are plain objects with `pk` and `sk`.
import { evaluate, type Expression, update } from './expressions';
import type { Faults } from './faults';
import type { Kernel } from '../../load/simulation/kernel';
import type { Random } from './random';

export type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** What a conditional write met. */
export class ConditionFailed extends Error {
  public constructor(public readonly item: Item | undefined) {
    super('The conditional request failed');
  }
}

interface Stored {
  item: Item;
  /** What eventually consistent reads still see, until a time. */
  stale: { readonly until: number; readonly item: Item | undefined } | undefined;
}

/** What must hold for a write; nothing, if it is undefined. */
export type Condition = Expression | undefined;

/** Eventually consistent reads may miss what was written this long ago. Milliseconds. */
const STALENESS = 500;
/** How late the database may be with deleting what has expired, at most. Milliseconds. */
const TTL_LATE = 48 * 3_600_000;

/** One region's copy of a table. */
export class SimTable {
  private readonly partitions = new Map<string, Map<string, Stored>>();
  /** Sort keys of a partition in order, made when a query needs them. */
  private readonly sorted = new Map<string, string[]>();
  /** Until then, every call fails. */
  public outUntil = 0;
  /** Told of every write of this region. */
  public replicate:
    | ((item: Item | undefined, key: { pk: string; sk: string }, lookedBack: boolean) => void)
    | undefined;

  public constructor(
    private readonly kernel: Kernel,
    private readonly random: Random,
    private readonly faults: Faults,
    private readonly name: string,
  ) {}

  public get(pk: string, sk: string, strong: boolean): Item | undefined {
    const stored = this.partitions.get(pk)?.get(sk);
    return stored === undefined ? undefined : this.seen(stored, strong);
  }

  /** @param lookedBack whether the writer had to find out first if it had written this before */
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

  /** Items of a partition from one sort key to another, both included. */
  public query(
    pk: string,
    range: { from: string; to: string },
    forward: boolean,
    limit: number,
    strong: boolean,
  ): readonly Item[] {
    const partition = this.partitions.get(pk);
    if (partition === undefined) return [];
    const keys = this.keys(pk, partition);
    const first = lowerBound(keys, range.from);
    const end = upperBound(keys, range.to);
    const items: Item[] = [];
    for (let i = 0; i < end - first && items.length < limit; i++) {
      const stored = partition.get(keys[forward ? first + i : end - 1 - i] as string) as Stored;
      const item = this.seen(stored, strong);
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  /** Items after one, of all partitions. */
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

  /** A write that comes from another region. */
  public receive(item: Item | undefined, key: { pk: string; sk: string }): void {
    this.write(item, key);
  }

  /** The database catches up: deletes what has expired. */
  public deleteExpired(isMeant: (pk: string) => boolean): void {
    const now = this.kernel.now();
    const items = [...this.partitions.values()].flatMap((partition) => [...partition.values()].map(({ item }) => item));
    for (const { pk, sk, x } of items) {
      if (isMeant(pk) && typeof x === 'number' && x * 1000 <= now) this.write(undefined, { pk, sk });
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
    const stale = { until: this.kernel.now() + this.random.between(0, STALENESS), item: before?.item };
    if (before === undefined) {
      const stored = { item, stale };
      partition.set(sk, stored);
      const keys = this.sorted.get(pk);
      // Most sort keys grow.
      if (keys !== undefined && sk > (keys.at(-1) ?? '')) keys.push(sk);
      else this.sorted.delete(pk);
    } else Object.assign(before, { item, stale });
    this.expireLater(item);
  }

  /** TTL: the database deletes what has expired, sooner or later. */
  private expireLater(item: Item): void {
    const { pk, sk, x } = item;
    if (typeof x !== 'number') return;
    const late = this.faults.strikes('ttl-late', `${this.name} ${pk}`);
    const delay = late ? this.random.between(0, TTL_LATE) : this.random.between(0, 60_000);
    this.kernel.after(x * 1000 - this.kernel.now() + delay, () => {
      const current = this.get(pk, sk, true);
      if (current === undefined || current.x !== x) return;
      this.write(undefined, { pk, sk });
    });
  }

  private check(item: Item | undefined, condition: Condition): void {
    if (condition !== undefined && !evaluate(condition, item)) throw new ConditionFailed(item);
  }

  private seen({ item, stale }: Stored, strong: boolean): Item | undefined {
    return strong || stale === undefined || stale.until <= this.kernel.now() ? item : stale.item;
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
