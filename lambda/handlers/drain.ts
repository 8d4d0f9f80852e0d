import type { Context } from 'aws-lambda';
import type { CountAnswer, CountRequest, MoveAnswer, MoveRequest } from '../../lib/contract/drain-function';
import { evacuated } from '../../lib/contract/drain-marks';
import { printable, RealtimeError } from '../../protocol';
import { channelStore, deadlineOf, postDeps } from './wiring';
import { DynamoDbConnectionList } from '../adapters/dynamodb/connection-list';
import { documentClient } from '../adapters/dynamodb/client';
import { connectQuota, hosts, networkRegions, ownRegion, setting } from '../adapters/environment';
import { logger } from '../adapters/logger';
import { countConnections, moveConnections, movePush, moveWithin } from '../core/regions/drain';

const client = documentClient();
const channels = channelStore(client);
const connectionList = new DynamoDbConnectionList(client, setting('CONNECTIONS_TABLE'));
const deps = { ...postDeps(), connectionList, logger };

/**
 * Tells this region's clients to move to other regions. The caller writes the drain mark first.
 *
 * @throws RealtimeError field_invalid, or store_unavailable
 */
export async function handler(event: CountRequest | MoveRequest, context: Context): Promise<CountAnswer | MoveAnswer> {
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
