// Taking a region out of service: how its clients are told to move. docs/decisions/0012
import type { MoveAnswer } from '../../../lib/contract/drain-function';
import { MOVING_SHARE_OF_CONNECT_QUOTA } from '../../../lib/contract/limits';
import type { MovePush } from '../../../protocol';
import { encodeFrame, noPosts, post, type PostDeps } from '../fanout/post';
import type { Logger } from '../runtime';

/** Clients take at least this long to move, however few they are. Milliseconds. */
const MIN_WITHIN = 10_000;

/**
 * The time within which clients are to move, so that they stay below the connect quota even if all go to one region.
 *
 * @param quota new connections a second
 * @returns milliseconds
 */
export function moveWithin(connections: number, quota: number): number {
  return Math.max(MIN_WITHIN, Math.ceil((1_000 * connections) / (MOVING_SHARE_OF_CONNECT_QUOTA * quota)));
}

/** Some of the connections that are open here. */
export interface ConnectionPage {
  readonly ids: readonly string[];
  /** Where the next page begins. @default - this is the last one */
  readonly next?: string;
}

/** All connections of this region, page by page. */
export interface ConnectionList {
  /** @param from `next` of the page before; empty for the first */
  page(from: string): Promise<ConnectionPage>;
  /** The same, only counted. */
  count(from: string): Promise<{ readonly count: number; readonly next?: string }>;
}

export interface DrainDeps extends PostDeps {
  readonly logger: Logger;
  readonly open: ConnectionList;
}

/**
 * Tells connections to move. Telling one twice does no harm: it keeps the moment that it picked.
 *
 * @param from where to begin; empty for the first
 * @param deadline after this nothing more is begun. Milliseconds since 1970
 */
export async function moveAll(deps: DrainDeps, push: MovePush, from: string, deadline: number): Promise<MoveAnswer> {
  const { open, runtime, logger } = deps;
  const frame = encodeFrame(push);
  const counts = noPosts();
  let next: string | undefined = from;
  while (next !== undefined && runtime.now() < deadline) {
    const page: ConnectionPage = await open.page(next);
    const outcomes = await Promise.all(page.ids.map((id) => post(deps, push.push, id, frame, deadline)));
    // A page of which some were not told is told again as a whole.
    if (outcomes.includes('late')) break;
    for (const outcome of outcomes) counts[outcome] += 1;
    ({ next } = page);
  }
  logger.info('told to move', { ...counts, next });
  const { delivered: moved, gone, throttled, forbidden, failed, slow } = counts;
  return { moved, gone, failed: throttled + forbidden + failed + slow, ...(next === undefined ? {} : { next }) };
}

/** Counts connections; with `next` when time is over before all are counted. Otherwise as `moveAll`. */
export async function countAll(
  { open, runtime }: Pick<DrainDeps, 'open' | 'runtime'>,
  from: string,
  deadline: number,
): Promise<{ readonly connections: number; readonly next?: string }> {
  let connections = 0;
  let next: string | undefined = from;
  while (next !== undefined && runtime.now() < deadline) {
    const page: { readonly count: number; readonly next?: string } = await open.count(next);
    connections += page.count;
    ({ next } = page);
  }
  return { connections, ...(next === undefined ? {} : { next }) };
}

/** Where the clients of a region are to go: to those that are in service. */
export function movePush(
  region: string,
  {
    within,
    hosts,
    outOfService,
  }: {
    readonly within: number;
    readonly hosts: ReadonlyMap<string, string>;
    readonly outOfService: ReadonlySet<string>;
  },
): MovePush {
  const urls = [...hosts].filter(([other]) => other !== region && !outOfService.has(other)).map(([, url]) => url);
  // Without any, clients try where they would connect anyway.
  return { push: 'move', within, reason: 'drain', ...(urls.length === 0 ? {} : { urls }) };
}
