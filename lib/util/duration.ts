import type { Duration } from 'aws-cdk-lib';

/** A duration in seconds, possibly with a fraction; NaN when it is a token, which has no value at synthesis. */
export function secondsOf(duration: Duration): number {
  return duration.isUnresolved() ? Number.NaN : duration.toSeconds({ integral: false });
}
