import type { Context } from 'aws-lambda';
import type { CountAnswer, CountRequest, MoveAnswer, MoveRequest } from '../../lib/contract/drain-function';
import { evacuated } from '../../lib/contract/drain-marks';
import { printable, RealtimeError } from '../../protocol';
import { channelStore, deadlineOf, posting } from './wiring';
import { DynamoDbConnectionList } from '../adapters/dynamodb/connection-list';
import { documentClient } from '../adapters/dynamodb/client';
import { logger } from '../adapters/logger';
import { connectQuota, hosts, networkRegions, ownRegion } from '../adapters/regions';
import { setting } from '../adapters/environment';
import { countAll, moveAll, movePush, moveWithin } from '../core/regions/drain';

const client = documentClient();
const channels = channelStore(client);
const deps = {
  open: new DynamoDbConnectionList(client, setting('CONNECTIONS_TABLE')),
  ...{ ...posting(), logger },
};

/**
 * Moves this region's clients to others. It marks nothing: whoever drains a region does that first.
 *
 * @throws RealtimeError field_invalid, or store_unavailable
 */
export async function handler(event: CountRequest | MoveRequest, context: Context): Promise<CountAnswer | MoveAnswer> {
  const deadline = deadlineOf(context);
  const { next = '' } = event;
  if ('count' in event) {
    const counted = await countAll(deps, next, deadline);
    return { ...counted, within: moveWithin(counted.connections, connectQuota()) };
  }
  const { within } = event;
  if (typeof within !== 'number' || !(within >= 0))
    throw new RealtimeError('field_invalid', `\`within\` must be milliseconds, got: ${printable(within)}.`);
  const outOfService = evacuated(networkRegions(), await channels.marks());
  return moveAll(deps, movePush(ownRegion(), { within, hosts: hosts(), outOfService }), next, deadline);
}
