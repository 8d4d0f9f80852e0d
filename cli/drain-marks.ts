// Which drain marks count. The functions say the same (lambda/core/drain.ts), which a test holds.

/** Since when regions are to be out of service. Milliseconds since 1970. */
export type Marks = ReadonlyMap<string, number>;

/**
 * The regions that are out of service: all that are marked, but for the last one where no other is left.
 *
 * @param regions of the network, each once
 */
export function outOfService(regions: readonly string[], marks: Marks): ReadonlySet<string> {
  const since = (region: string): number => marks.get(region) ?? Infinity;
  const marked = regions.filter((region) => marks.has(region)).sort((a, b) => since(a) - since(b) || (a < b ? -1 : 1));
  return new Set(marked.slice(0, regions.length - 1));
}
