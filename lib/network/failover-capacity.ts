import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { MOVING_SHARE_OF_CONNECT_QUOTA } from '../contract/limits';

/** Above this, the connect quota prolongs an outage of a region more than the outage itself. Seconds. */
const MAX_FAILOVER_SECONDS = 180;

/** Connections of a region, and its capacity for those of others. */
export interface RegionLoad {
  readonly region: string;
  /** Construct to attach the warning to. It must be in the region's stack, since the CLI prints no others. */
  readonly scope: IConstruct;
  /** Connections at peak; undefined when not configured. */
  readonly connections: number | undefined;
  /** Connect quota: new connections a second. */
  readonly quota: number;
}

/**
 * Time that all connections of a failed region take to reconnect to the others. Seconds; Infinity without other regions.
 *
 * @param quotas connect quotas of the other regions
 */
export function failoverSeconds(connections: number, quotas: readonly number[]): number {
  return connections / (MOVING_SHARE_OF_CONNECT_QUOTA * quotas.reduce((sum, quota) => sum + quota, 0));
}

/** Warns of each region whose clients would reconnect too slowly, with the connect quota that suffices. */
export function warnOfSlowFailover(loads: readonly RegionLoad[]): void {
  for (const { region, scope, connections } of loads) {
    const others = loads.filter((other) => other.region !== region);
    if (connections === undefined || others.length === 0) continue;
    const quotas = others.map(({ quota }) => quota);
    const seconds = Math.ceil(failoverSeconds(connections, quotas));
    if (seconds <= MAX_FAILOVER_SECONDS) continue;
    const quota = Math.ceil(connections / (MOVING_SHARE_OF_CONNECT_QUOTA * MAX_FAILOVER_SECONDS * others.length));
    const each = others.length === 1 ? '' : ' each';
    Annotations.of(scope).addWarningV2(
      'cdk-realtime:failover-capacity',
      `If ${region} fails, its ${connections} connections take ${seconds} seconds to reconnect to other regions. For ` +
        `${MAX_FAILOVER_SECONDS} seconds, request ${quota} new connections a second in ` +
        `${others.map((other) => other.region).join(', ')}${each} (Service Quotas, API Gateway, L-9ED1E49A), and set \`connectQuota\`.`,
    );
  }
}
