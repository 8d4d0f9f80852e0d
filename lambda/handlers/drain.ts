import type { Context } from 'aws-lambda';
import { evacuated } from '../../lib/contract/drain-marks';
import { printable, RealtimeError } from '../../protocol';
import { channelStore, deadlineOf, posting } from './wiring';
import { DynamoDbConnectionList } from '../adapters/dynamodb/connection-list';
import { documentClient } from '../adapters/dynamodb/client';
import { logger } from '../adapters/logger';
import { connectQuota, hosts, networkRegions, ownRegion } from '../adapters/regions';
import { setting } from '../adapters/environment';
import { countAll, moveAll, type Moved, movePush, moveWithin } from '../core/regions/drain';

/** Asks how many connections are open here, and how long moving them should take. */
export interface CountRequest {
  readonly count: true;
  /** `next` of an answer, to count on. @default - from the beginning */
  readonly next?: string;
}
export interface Counted {
  readonly connections: number;
  /** For so many connections. Milliseconds. */
  readonly within: number;
  /** There was no time to count all: ask again from here, and add up. */
  readonly next?: string;
}
/** Tells the connections to move. */
export interface MoveRequest {
  /** Each picks a moment within. Milliseconds. */
  readonly within: number;
  /** `next` of an answer, to go on. @default - from the beginning */
  readonly next?: string;
}

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
export async function handler(event: CountRequest | MoveRequest, context: Context): Promise<Counted | Moved> {
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
