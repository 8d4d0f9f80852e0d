import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { MOVING_SHARE_OF_CONNECT_QUOTA } from '../contract/limits';

/** Longer than this, an outage of a region is felt more by its quota than by itself. Seconds. */
const PATIENCE = 180;

/** What matters of a region, when its clients have to go to others. */
export interface RegionLoad {
  readonly region: string;
  /** Where to warn: within the region's stack, since nothing else is printed. */
  readonly scope: IConstruct;
  /** Connections at the busiest time; undefined when it was not told. */
  readonly connections: number | undefined;
  /** New connections a second that it takes. */
  readonly quota: number;
}

/** How long it takes all connections of a region to come to the others. Seconds; Infinity when there are none. */
export function secondsToRehome(connections: number, quotas: readonly number[]): number {
  return connections / (MOVING_SHARE_OF_CONNECT_QUOTA * quotas.reduce((sum, quota) => sum + quota, 0));
}

/** Warns of each region whose clients would take long to come to the others, and tells the quota that mends it. */
export function warnOfRehoming(loads: readonly RegionLoad[]): void {
  for (const { region, scope, connections } of loads) {
    const others = loads.filter((other) => other.region !== region);
    if (connections === undefined || others.length === 0) continue;
    const seconds = Math.ceil(
      secondsToRehome(
        connections,
        others.map(({ quota }) => quota),
      ),
    );
    if (seconds <= PATIENCE) continue;
    const quota = Math.ceil(connections / (MOVING_SHARE_OF_CONNECT_QUOTA * PATIENCE * others.length));
    const each = others.length === 1 ? '' : ' each';
    Annotations.of(scope).addWarningV2(
      'cdk-realtime:rehoming',
      `When ${region} fails, its ${connections} connections take ${seconds} seconds to come back elsewhere. For ${PATIENCE} seconds, ` +
        `ask for ${quota} new connections a second in ${others.map((other) => other.region).join(', ')}${each} ` +
        '(Service Quotas, API Gateway, L-9ED1E49A), and set `connectQuota`.',
    );
  }
}
