import { type Item, lockName } from './wire';

/**
 * Makes TTL as late as it may be on AWS: each item is deleted some time after it has expired, and not in the order in
 * which they expired. AWS says "within a few days", and promises no order.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
export class LateDeletions {
  private most = 0;
  private random: () => number = Math.random;
  /** How late each item is that has been seen expired, by its key and expiry. Milliseconds. */
  private readonly drawn = new Map<string, number>();

  /**
   * @param most how late an item may be, in milliseconds; 0 ends it
   * @param random draws how late each one is: at least 0, less than 1
   */
  public set(most: number, random: () => number = Math.random): void {
    this.most = most;
    this.random = random;
    this.drawn.clear();
  }

  /**
   * When the database gets to an item that has expired. Milliseconds since 1970.
   *
   * @param expiry the item's TTL attribute: seconds since 1970
   */
  public dueAt(table: string, key: Item, expiry: number): number {
    if (this.most === 0) return expiry * 1000;
    // An item that is renewed, and expires again, is another one.
    const name = `${lockName(table, key)} ${expiry}`;
    const late = this.drawn.get(name) ?? this.random() * this.most;
    this.drawn.set(name, late);
    return expiry * 1000 + late;
  }
}
