/** Upper bound of the first wait. It doubles with each failure. Milliseconds. */
const BASE = 500;
/** Upper bound of all waits. Milliseconds. */
const CAP = 30_000;

/**
 * How long to wait after consecutive failures: a random time up to a bound that doubles ("full jitter"), so that clients that
 * failed together don't return together. Milliseconds.
 */
export function backoff(failures: number, random: number): number {
  return random * Math.min(CAP, BASE * 2 ** Math.min(failures, 10));
}
