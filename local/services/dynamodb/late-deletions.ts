import { type Item, lockName } from './wire';

/**
 * Delays deletions by TTL as AWS may do: each item is deleted some time after its expiry, and not in the order of expiry. AWS
 * documents "within a few days" and no order.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
export class LateDeletions {
  private maxDelay = 0;
  private random: () => number = Math.random;
  /** Delays of expired items, by key and expiry. Milliseconds. */
  private readonly delays = new Map<string, number>();

  /**
   * @param maxDelay longest delay of a deletion in milliseconds; 0 for none
   * @param random number of at least 0 and less than 1, drawn for each item
   */
  public set(maxDelay: number, random: () => number = Math.random): void {
    this.maxDelay = maxDelay;
    this.random = random;
    this.delays.clear();
  }

  /**
   * Time of the deletion of an expired item. Milliseconds since 1970.
   *
   * @param expiry the item's TTL attribute: seconds since 1970
   */
  public dueAt(table: string, key: Item, expiry: number): number {
    if (this.maxDelay === 0) return expiry * 1000;
    // An item with a renewed expiry gets a new delay.
    const name = `${lockName(table, key)} ${expiry}`;
    const delay = this.delays.get(name) ?? this.random() * this.maxDelay;
    this.delays.set(name, delay);
    return expiry * 1000 + delay;
  }
}
