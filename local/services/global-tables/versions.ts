/** Which write an item's state is of. */
export interface Version {
  /** When it was written: milliseconds since 1970, moved on where two writes of one item would be at once. */
  readonly time: number;
  readonly region: string;
}

/** Whether `one` wins over `other`: the last writer, and of two at once, the region whose name comes last. */
export function wins(one: Version, other: Version | undefined): boolean {
  if (other === undefined || one.time !== other.time) return one.time > (other?.time ?? Number.NEGATIVE_INFINITY);
  return one.region > other.region;
}

/** The versions of one replica's items, deleted ones too, as long as an older write may still be on its way to them. */
export class Versions {
  private readonly byItem = new Map<string, Version>();

  /** @param horizon every write that is still on its way was made then or later. Milliseconds since 1970. */
  public constructor(private readonly horizon: () => number) {}

  public of(item: string): Version | undefined {
    return this.byItem.get(item);
  }

  public set(item: string, version: Version): void {
    this.byItem.delete(item);
    this.byItem.set(item, version);
    // The longest unchanged come first. Whatever is on its way wins over those before the horizon, known or not.
    const horizon = this.horizon();
    for (const [oldest, { time }] of this.byItem) {
      if (time >= horizon) break;
      this.byItem.delete(oldest);
    }
  }

  /** The version of a write of this region, now: it wins over what it replaces. */
  public next(item: string, now: number, region: string): Version {
    const version = { time: now, region };
    const before = this.byItem.get(item);
    return before === undefined || wins(version, before) ? version : { time: before.time + 1, region };
  }
}
