// Drain marks: rows of the Channels table that take regions out of service. The command line writes them, and the functions of
// every region read them. docs/decisions/0012
import type { TableKey } from './tables';

/** Partition key that all drain marks share; the sort key is the region. */
export const DRAIN_PARTITION = '!drain';

/** How long the row of a returned region is kept: longer than replication takes. Seconds. */
const RETURNED_RETENTION = 7 * 86_400;

/** Row of a drain mark. */
export interface DrainMarkRow extends TableKey {
  /** When the region was drained, or returned. Milliseconds since 1970. */
  readonly t: number;
  /**
   * Set once the region has returned to service. Such a row replaces the mark instead of deleting it: a replica to which the
   * mark is not replicated yet can't replicate its deletion, and the mark would arrive there afterwards.
   */
  readonly r?: 1;
  /** Expiry of the row of a returned region. Seconds since 1970. */
  readonly x?: number;
}

/** Drained regions, and since when. Milliseconds since 1970. */
export type DrainMarks = ReadonlyMap<string, number>;

/**
 * The row that drains a region.
 *
 * @param since milliseconds since 1970
 */
export function drainMarkRow(region: string, since: number): DrainMarkRow {
  return { pk: DRAIN_PARTITION, sk: region, t: since };
}

/**
 * The row that returns a region to service.
 *
 * @param now milliseconds since 1970
 */
export function returnedRow(region: string, now: number): DrainMarkRow {
  return { pk: DRAIN_PARTITION, sk: region, t: now, r: 1, x: Math.ceil(now / 1000) + RETURNED_RETENTION };
}

/** The regions that rows of {@link DRAIN_PARTITION} drain. */
export function drainMarksOf(rows: readonly DrainMarkRow[]): DrainMarks {
  return new Map(rows.filter(({ r }) => r === undefined).map(({ sk, t }) => [sk, t]));
}

/**
 * The regions that are out of service. Marks apply in the order of their times, then of the regions' names. A mark that would
 * leave no region in service has no effect, and neither have marks of regions outside the network. So all readers of the same
 * marks get the same result, a later mark changes nothing for an earlier one, and at least one region always serves.
 *
 * Until marks are replicated, two regions can each consider the other drained. Route 53 then has no healthy record, and uses all.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
 *
 * @param regions of the network
 */
export function evacuated(regions: readonly string[], marks: DrainMarks): ReadonlySet<string> {
  const marked = [...new Set(regions)]
    .flatMap((region) => {
      const since = marks.get(region);
      return since === undefined ? [] : [{ region, since }];
    })
    .sort((a, b) => a.since - b.since || (a.region < b.region ? -1 : 1));
  return new Set(marked.slice(0, Math.max(0, new Set(regions).size - 1)).map(({ region }) => region));
}
