// Drains a region: tells its clients to move to other regions. docs/decisions/0012
import type { MoveAnswer } from '../../../lib/contract/drain-function';
import { MOVING_SHARE_OF_CONNECT_QUOTA } from '../../../lib/contract/limits';
import type { MovePush } from '../../../protocol';
import { encodeFrame, post, type PostDeps, zeroCounts } from '../fanout/post';
import type { Logger } from '../runtime';

/** Minimum time that clients are given to move. Milliseconds. */
const MIN_WITHIN = 10_000;

/**
 * Time within which clients should move, so that they stay below the connect quota even if all go to one region.
 *
 * @param quota new connections a second
 * @returns milliseconds
 */
export function moveWithin(connections: number, quota: number): number {
  return Math.max(MIN_WITHIN, Math.ceil((1_000 * connections) / (MOVING_SHARE_OF_CONNECT_QUOTA * quota)));
}

/** A page of open connections. */
export interface ConnectionPage {
  readonly ids: readonly string[];
  /** Start of the next page. @default - this is the last page */
  readonly next?: string;
}

/** Number of connections on a page. */
export interface ConnectionCount {
  readonly count: number;
  /** Start of the next page. @default - this is the last page */
  readonly next?: string;
}

/** All open connections of this region. */
export interface ConnectionList {
  /** @param from `next` of the previous page; empty for the first */
  page(from: string): Promise<ConnectionPage>;
  /** @param from `next` of the previous page; empty for the first */
  count(from: string): Promise<ConnectionCount>;
}

export interface DrainDeps extends PostDeps {
  readonly logger: Logger;
  readonly connectionList: ConnectionList;
}

/** Part of the connections to handle. */
export interface DrainRange {
  /** Start of the first page; empty for the beginning. */
  readonly from: string;
  /** No page is started after this. Milliseconds since 1970. */
  readonly deadline: number;
}

/** Tells connections to move. Harmless when repeated: a client keeps the time that it picked first. */
export async function moveConnections(
  deps: DrainDeps,
  push: MovePush,
  { from, deadline }: DrainRange,
): Promise<MoveAnswer> {
  const { connectionList, runtime, logger } = deps;
  const frame = encodeFrame(push);
  const counts = zeroCounts();
  let next: string | undefined = from;
  while (next !== undefined && runtime.now() < deadline) {
    const page: ConnectionPage = await connectionList.page(next);
    const outcomes = await Promise.all(
      page.ids.map((connectionId) => post(deps, { group: push.push, connectionId, frame, deadline })),
    );
    // A page with late posts is repeated as a whole.
    if (outcomes.includes('late')) break;
    for (const outcome of outcomes) counts[outcome] += 1;
    ({ next } = page);
  }
  // Metric filters read the counts (lib/monitoring/log-fields.ts).
  logger.info('told connections to move', { ...counts, next });
  const { delivered: moved, gone, throttled, forbidden, failed, slow } = counts;
  return { moved, gone, failed: throttled + forbidden + failed + slow, next };
}

/** Counts connections; with `next` when the deadline passed before all were counted. */
export async function countConnections(
  { connectionList, runtime }: Pick<DrainDeps, 'connectionList' | 'runtime'>,
  { from, deadline }: DrainRange,
): Promise<{ readonly connections: number; readonly next?: string }> {
  let connections = 0;
  let next: string | undefined = from;
  while (next !== undefined && runtime.now() < deadline) {
    const page: ConnectionCount = await connectionList.count(next);
    connections += page.count;
    ({ next } = page);
  }
  return { connections, next };
}

/** The regions of the network, for a move push. */
export interface MoveTargets {
  /** Time that clients are given to move. Milliseconds. */
  readonly within: number;
  /** Addresses that clients connect to, by region. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly outOfService: ReadonlySet<string>;
}

/** Tells the clients of a region to move to the other regions in service. */
export function movePush(region: string, { within, hosts, outOfService }: MoveTargets): MovePush {
  const urls = [...hosts].filter(([other]) => other !== region && !outOfService.has(other)).map(([, url]) => url);
  // Without urls, clients connect to the address that they have.
  return { push: 'move', within, reason: 'drain', urls: urls.length === 0 ? undefined : urls };
}
