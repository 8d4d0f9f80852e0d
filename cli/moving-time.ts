/** Of the connections that the others may take in a second, how many those that move may have: the rest is for everyone else. */
const SHARE = 0.7;
/** Even few clients should not come at once. Milliseconds. */
const LEAST = 10_000;

/**
 * In how much time clients may move, so that the account's quota of new connections lets them in elsewhere.
 *
 * @param connections how many move
 * @param quota new connections a second that the account may open in one region
 * @param regions how many regions take them
 * @returns milliseconds
 */
export function movingTime(connections: number, quota: number, regions: number): number {
  return Math.max(LEAST, Math.ceil((connections / (SHARE * quota * regions)) * 1000));
}
