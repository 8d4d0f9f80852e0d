/** What a publish to so many subscribers costs by the estimate that the design began with. Dollars, by lines of a bill. */
export interface Estimate {
  readonly messages: number;
  readonly writes: number;
  readonly reads: number;
  readonly lambda: number;
}

const MILLION = 1e6;
/** A write unit, a read unit, a request and a GB-second of Lambda. */
const [WRITE, READ, REQUEST, GB_SECOND] = [0.625 / MILLION, 0.125 / MILLION, 0.2 / MILLION, 13.3334 / MILLION];

/**
 * Messages of at most 1 KB, rows of 100 bytes, all subscribers in the publisher's region: a message out for each and one in;
 * the message's item in each region and its deletion in each other; a counter; a function of 80 ms and half a GB, and for each
 * 1,500 posts a second of 1.77 GB; a strong read of the rows.
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
