// How far regions are from each other. AWS publishes no latencies between regions, so they follow from where a region is: the
// city that AWS names for it (https://aws.amazon.com/about-aws/global-infrastructure/regions_az/), the great circle between
// two of them, and light in glass. It comes to 77 ms there and back from eu-west-1 to us-east-1, and to 153 ms from us-east-1
// to ap-northeast-1; 70 to 80 and 150 to 170 ms are what people measure.

import { distance } from './coordinates';

/** Kilometres that light goes in a millisecond in glass, and how much longer cables are than the straight way. */
const GLASS_SPEED = 200;
const DETOUR = 1.4;
/** For a region that is newer than the table. Milliseconds. */
const UNKNOWN = 75;

/** How long a packet takes from one region to the other. Milliseconds; 0 within a region. */
export function oneWay(from: string, to: string): number {
  if (from === to) return 0;
  const kilometres = distance(from, to);
  return Number.isFinite(kilometres) ? Math.round((kilometres / GLASS_SPEED) * DETOUR) : UNKNOWN;
}

/** There and back. Milliseconds. */
export function roundTrip(from: string, to: string): number {
  return oneWay(from, to) + oneWay(to, from);
}
