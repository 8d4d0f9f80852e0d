// Replication lag. AWS documents "typically within a second" without a guarantee, and publishes the metric ReplicationLatency
// for each pair of regions. Messages replicated through global tables arrived 0.7 to 1.5 seconds later.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
import { roundTrip } from '../../network/latency';
import type { Random } from '../../support/random';

/** A log-normal distribution, by its median and its 99th percentile. Milliseconds. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
}

/** Median time that reading, queueing and writing add to the round trip. Milliseconds. */
const PROCESSING = 600;
/** Ratio of p99 to p50. Between continents it results in a median of about 0.7 s and a p99 of 2 s. */
const P99_FACTOR = 3;
/** 99th percentile of the standard normal distribution. */
const Z99 = 2.3263;

export function defaultLag(from: string, to: string): Lag {
  const p50 = roundTrip(from, to) + PROCESSING;
  return { p50, p99: p50 * P99_FACTOR };
}

/** Milliseconds. */
export function drawLag({ p50, p99 }: Lag, random: Random): number {
  const sigma = Math.log(p99 / p50) / Z99;
  // Box-Muller transform; 1 - random is never 0.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.round(p50 * Math.exp(sigma * normal));
}
