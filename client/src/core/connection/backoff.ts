/** First upper bound of a wait, doubled with each failure. Milliseconds. */
const BASE = 500;
/** Upper bound of every wait. Milliseconds. */
const CAP = 30_000;

/**
 * How long to wait after so many failures in a row: anything up to a bound that doubles ("full jitter"), so that clients
 * that failed together don't come back together.
 */
export function backoff(failures: number, random: number): number {
  return random * Math.min(CAP, BASE * 2 ** Math.min(failures, 10));
}
