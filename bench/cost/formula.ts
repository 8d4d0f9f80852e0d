/** The design's first estimate of the price of a publish, by line item. Dollars. */
export interface Estimate {
  readonly messages: number;
  readonly writes: number;
  readonly reads: number;
  readonly lambda: number;
}

const MILLION = 1e6;
/** Prices of a write unit, a read unit, a request and a GB-second of Lambda. Dollars. */
const [WRITE, READ, REQUEST, GB_SECOND] = [0.625 / MILLION, 0.125 / MILLION, 0.2 / MILLION, 13.3334 / MILLION];

/**
 * Assumes messages of at most 1 KB, rows of 100 bytes, and all subscribers in the publisher's region. A publish takes one message in, and
 * one out for each subscriber; the item in each region, and its deletion in each other region; a counter; a function of 80 ms with half
 * a GB, and for each 1,500 posts a second with 1.77 GB; and a strongly consistent read of the rows.
 */
export function estimate(subscribers: number, regions: number): Estimate {
  const posting = (1.77 * GB_SECOND) / 1_500;
  return {
    messages: (subscribers + 1) / MILLION,
    writes: (2 * regions - 1 + 1) * WRITE,
    reads: ((subscribers * 100) / 4_096) * READ,
    lambda: REQUEST + 0.08 * 0.5 * GB_SECOND + subscribers * posting,
  };
}

export function estimatedDollars({ messages, writes, reads, lambda }: Estimate): number {
  return messages + writes + reads + lambda;
}
