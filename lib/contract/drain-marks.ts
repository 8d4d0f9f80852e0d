// Drain marks: rows of the Channels table that the command line writes, and the functions of every region read. docs/decisions/0012

/** The partition key that they share; the sort key is the region. */
export const DRAIN_PARTITION = '!drain';

/** Since when regions are to be out of service. Milliseconds since 1970. */
export type DrainMarks = ReadonlyMap<string, number>;

/**
 * The regions that are out of service. DrainMarks count in the order in which they were made, those of one moment in that of their
 * regions' names; one that would leave no region in service counts for nothing, nor do those of regions that are none of the
 * network's. So whoever knows the same marks says the same, a later mark changes nothing for an earlier one, and at least
 * one region always serves.
 *
 * While a mark is on its way, two regions can each take the other out; then Route 53, which has no healthy record left, uses
 * all. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
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
