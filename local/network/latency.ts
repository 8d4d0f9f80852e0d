// Latencies between regions. AWS publishes none, so they are computed from the city that AWS names for a region
// (https://aws.amazon.com/about-aws/global-infrastructure/regions_az/), the great-circle distance, and the speed of light in
// glass. The round trip is 77 ms from eu-west-1 to us-east-1, and 153 ms from us-east-1 to ap-northeast-1; measurements by
// others are 70 to 80 ms and 150 to 170 ms.

import { distance } from './coordinates';

/** Speed of light in glass in kilometres per millisecond, and the ratio of cable length to distance. */
const GLASS_SPEED = 200;
const DETOUR = 1.4;
/** One-way latency of a region without coordinates. Milliseconds. */
const UNKNOWN = 75;

/** One-way latency between two regions. Milliseconds; 0 within a region. */
export function oneWay(from: string, to: string): number {
  if (from === to) return 0;
  const kilometres = distance(from, to);
  return Number.isFinite(kilometres) ? Math.round((kilometres / GLASS_SPEED) * DETOUR) : UNKNOWN;
}

/** Round-trip latency between two regions. Milliseconds. */
export function roundTrip(from: string, to: string): number {
  return oneWay(from, to) + oneWay(to, from);
}
