// How long a write takes to the other replicas. AWS says "typically within a second", promises nothing, and measures it as
// ReplicationLatency of each pair of regions; multi-region messages that went by it arrived 0.7 to 1.5 seconds after.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
import { roundTrip } from '../../network/latency';
import type { Random } from '../../support/random';

/** A log-normal distribution, by half and by 99 in 100 of what is drawn. Milliseconds. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
}

/** What reading, queueing and writing add to the way there and back, in the middle. Milliseconds. */
const PROCESSING = 600;
/** With this, half of the writes over an ocean take about 0.7 s, and one in a hundred takes 2 s. */
const P99_FACTOR = 3;
/** 99 in 100 of a normal distribution lie below so many standard deviations. */
const Z99 = 2.3263;

export function defaultLag(from: string, to: string): Lag {
  const p50 = roundTrip(from, to) + PROCESSING;
  return { p50, p99: p50 * P99_FACTOR };
}

/** Milliseconds. */
export function drawLag({ p50, p99 }: Lag, random: Random): number {
  const sigma = Math.log(p99 / p50) / Z99;
  // Box and Muller; 1 - random is never 0.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.round(p50 * Math.exp(sigma * normal));
}
