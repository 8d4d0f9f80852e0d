import { type Item, lockName, type KeyNames, keyOf } from './wire';

/** A write that eventually consistent reads do not return yet, with the item before it. */
interface HiddenWrite {
  readonly name: string;
  readonly before: Item | undefined;
}

/** Hides the last writes of a table from eventually consistent reads. Strongly consistent reads return all writes. */
export class StaleReads {
  private readonly tables = new Map<string, { readonly depth: number; readonly writes: HiddenWrite[] }>();

  /** @param depth number of hidden writes; 0 for none */
  public set(table: string, depth: number): void {
    if (depth === 0) this.tables.delete(table);
    else this.tables.set(table, { depth, writes: [] });
  }

  public isOn(table: string): boolean {
    return this.tables.has(table);
  }

  public record(table: string, key: Item, before: Item | undefined): void {
    const entry = this.tables.get(table);
    if (entry === undefined) return;
    entry.writes.push({ name: lockName(table, key), before });
    if (entry.writes.length > entry.depth) entry.writes.shift();
  }

  /** Replaces the items of a read by their state before the hidden writes. */
  public filter(table: string, items: readonly Item[], names: KeyNames): readonly Item[] {
    const hidden = new Map<string, Item | undefined>();
    // The oldest hidden write of a key holds the item before all of them.
    for (const { name, before } of this.tables.get(table)?.writes ?? [])
      if (!hidden.has(name)) hidden.set(name, before);
    return items.flatMap((item) => {
      const name = lockName(table, keyOf(item, names));
      if (!hidden.has(name)) return [item];
      const before = hidden.get(name);
      return before === undefined ? [] : [before];
    });
  }
}
