/** Version of an item: the write that produced its state. */
export interface Version {
  /** Time of the write in milliseconds since 1970, increased when two writes of one item have the same time. */
  readonly time: number;
  readonly region: string;
}

/** Whether `one` wins over `other`: the last writer wins; at equal times, the region whose name sorts last. */
export function wins(one: Version, other: Version | undefined): boolean {
  if (other === undefined || one.time !== other.time) return one.time > (other?.time ?? Number.NEGATIVE_INFINITY);
  return one.region > other.region;
}

/** Versions of one replica's items, including deleted ones, for as long as an older write may still arrive. */
export class Versions {
  private readonly byItem = new Map<string, Version>();

  /** @param horizon time of the oldest write that may still arrive. Milliseconds since 1970. */
  public constructor(private readonly horizon: () => number) {}

  public of(item: string): Version | undefined {
    return this.byItem.get(item);
  }

  public set(item: string, version: Version): void {
    this.byItem.delete(item);
    this.byItem.set(item, version);
    // The oldest versions come first. Versions before the horizon lose against every pending write, so they are not needed.
    const horizon = this.horizon();
    for (const [oldest, { time }] of this.byItem) {
      if (time >= horizon) break;
      this.byItem.delete(oldest);
    }
  }

  /** Version of a write in this region: it wins over the current version of the item. */
  public next(item: string, now: number, region: string): Version {
    const version = { time: now, region };
    const before = this.byItem.get(item);
    return before === undefined || wins(version, before) ? version : { time: before.time + 1, region };
  }
}
