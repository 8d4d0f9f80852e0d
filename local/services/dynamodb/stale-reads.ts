import { type Item, lockName, type KeyNames, keyOf } from './wire';

/** A write that eventually consistent reads don't see yet: what stood there before. */
interface HiddenWrite {
  readonly name: string;
  readonly before: Item | undefined;
}

/** Makes eventually consistent reads of a table see it without its last writes. Strong reads always see all. */
export class StaleReads {
  private readonly tables = new Map<string, { readonly depth: number; readonly writes: HiddenWrite[] }>();

  /** @param depth how many of the last writes such reads miss; 0 ends it */
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

  /** The items of a read as it would have been answered before the hidden writes. */
  public filter(table: string, items: readonly Item[], names: KeyNames): readonly Item[] {
    const hidden = new Map<string, Item | undefined>();
    // The oldest hidden write of a key knows what stood there before all of them.
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
