import type { Context } from 'aws-lambda';
import { evacuated } from '../../lib/contract/drain-marks';
import { printable, RealtimeError } from '../../protocol';
import { channelStore, deadlineOf, postDeps } from './wiring';
import { DynamoDbConnectionList } from '../adapters/dynamodb/connection-list';
import { documentClient } from '../adapters/dynamodb/client';
import { connectQuota, hosts, networkRegions, ownRegion, setting } from '../adapters/environment';
import { logger } from '../adapters/logger';
import { countConnections, moveConnections, movePush, type MoveResult, moveWithin } from '../core/regions/drain';

/** Asks for the number of open connections, and for the time that moving them should take. */
export interface CountRequest {
  readonly count: true;
  /** `next` of the previous result, to continue. @default - from the beginning */
  readonly next?: string;
}
export interface CountResult {
  readonly connections: number;
  /** Time in which that many connections should move. Milliseconds. */
  readonly within: number;
  /** The deadline passed before all were counted: continue from here, and add up. @default - all were counted */
  readonly next?: string;
}
/** Tells the connections to move. */
export interface MoveRequest {
  /** Each client moves at a random time within this. Milliseconds. */
  readonly within: number;
  /** `next` of the previous result, to continue. @default - from the beginning */
  readonly next?: string;
}

const client = documentClient();
const channels = channelStore(client);
const connectionList = new DynamoDbConnectionList(client, setting('CONNECTIONS_TABLE'));
const deps = { ...postDeps(), connectionList, logger };

/**
 * Tells this region's clients to move to other regions. The caller writes the drain mark first.
 *
 * @throws RealtimeError field_invalid, or store_unavailable
 */
export async function handler(event: CountRequest | MoveRequest, context: Context): Promise<CountResult | MoveResult> {
  const range = { from: event.next ?? '', deadline: deadlineOf(context) };
  if ('count' in event) {
    const counted = await countConnections(deps, range);
    return { ...counted, within: moveWithin(counted.connections, connectQuota()) };
  }
  const { within } = event;
  if (typeof within !== 'number' || !(within >= 0))
    throw new RealtimeError('field_invalid', `\`within\` must be milliseconds, got: ${printable(within)}.`);
  const outOfService = evacuated(networkRegions(), await channels.marks());
  return moveConnections(deps, movePush(ownRegion(), { within, hosts: hosts(), outOfService }), range);
}
