// Posts frames to connections: rate-limited, with a limited number in flight, and independent of each other.
import type { Push } from '../../../protocol';
import type { RateLimiter } from './rate-limiter';
import type { FairPool } from './fair-pool';
import type { ConnectionStore, Shard, Subscriber } from '../connections/connection-store';
import type { Logger, Runtime } from '../runtime';
import type { DeliveryOutcome, Transport } from '../connections/transport';

/** Posts in flight from one function instance, over all channels. */
export const POOL_SIZE = 64;
/**
 * Posts in flight from a worker, which has no other task: with 256 at once, 600 posts of 20 ms take about 50 ms. A larger pool is not faster on one
 * vCPU (`npm run bench:post`).
 */
export const WORKER_POOL_SIZE = 256;
/** Longest wait before the first retry. Later waits are at most twice as long. Milliseconds. */
const MAX_FIRST_WAIT = 150;
/** Timeout of a post. The client's cursor then finds the message. Milliseconds. */
export const POST_TIMEOUT = 3_000;
/** Part of a function's time reserved for the last post, which may take `POST_TIMEOUT`, and for the reply. Milliseconds. */
export const REPLY_RESERVE = POST_TIMEOUT + 500;

export interface PostDeps {
  readonly transport: Transport;
  /** Limits posts in flight to the number of sockets. A post's timeout includes its wait for a socket, so more posts would time out. */
  readonly pool: FairPool;
  readonly rateLimiter: RateLimiter;
  readonly runtime: Runtime;
}

/** Outcome of a post; `late`: not started before the deadline. */
export type PostOutcome = DeliveryOutcome | 'late';

/** Number of posts by outcome. */
export type PostCounts = Record<PostOutcome, number>;

export function zeroCounts(): PostCounts {
  return { delivered: 0, gone: 0, throttled: 0, forbidden: 0, failed: 0, slow: 0, late: 0 };
}

/** A push as bytes. Encoded once, for all subscribers. */
export function encodeFrame(push: Push): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(push));
}

/** A frame for one connection. */
export interface Post {
  /** Group of the pool: posts of one channel or task. */
  readonly group: string;
  readonly connectionId: string;
  readonly frame: Uint8Array;
  /** No attempt starts after this. Milliseconds since 1970. */
  readonly deadline: number;
}

/** Posts to one connection, with retries while it is throttled. Never throws. */
export async function post(
  { transport, pool, rateLimiter, runtime }: PostDeps,
  { group, connectionId, frame, deadline }: Post,
): Promise<PostOutcome> {
  for (let retry = 0; ; retry++) {
    const outcome = await pool.run(group, async () => {
      if (!(await rateLimiter.acquire(deadline))) return 'late';
      const delivered = await transport.deliver(connectionId, frame);
      // Retries are not counted, so that one slow connection counts once.
      if (retry === 0) rateLimiter.recordOutcome(connectionId, delivered);
      return delivered;
    });
    if (outcome !== 'throttled') return outcome;
    if (retry >= rateLimiter.maxRetries(connectionId)) {
      rateLimiter.recordGivenUp(connectionId);
      return outcome;
    }
    // Waits outside the pool: a throttled connection must not delay the others.
    await runtime.sleep(runtime.random() * MAX_FIRST_WAIT * (retry === 0 ? 1 : 2));
  }
}

export interface PostAllDeps extends PostDeps {
  readonly connections: Pick<ConnectionStore, 'removeDeadSubscriber'>;
  readonly logger: Logger;
}

/** Frames for subscribers of a shard. */
export interface ShardPosts {
  readonly shard: Shard;
  readonly subscribers: readonly Subscriber[];
  /** Sent to each subscriber one after another. */
  readonly frames: readonly Uint8Array[];
  /** No attempt starts after this. Milliseconds since 1970. */
  readonly deadline: number;
  /** The outcomes are added to these. */
  readonly counts: PostCounts;
}

/** Posts frames to all subscribers that have not expired. Never throws. */
export async function postAll(deps: PostAllDeps, posts: ShardPosts): Promise<void> {
  const now = deps.runtime.now();
  const live = posts.subscribers.filter(({ expiresAt }) => expiresAt > now);
  await Promise.all(live.map((subscriber) => postInOrder(deps, subscriber, posts)));
}

async function postInOrder(
  deps: PostAllDeps,
  subscriber: Subscriber,
  { shard, frames, deadline, counts }: ShardPosts,
): Promise<void> {
  const { connections, runtime, logger } = deps;
  const { channel } = shard;
  for (const frame of frames) {
    const outcome = await post(deps, { group: channel, connectionId: subscriber.id, frame, deadline });
    counts[outcome] += 1;
    if (outcome !== 'gone') continue;
    // After the deadline the row stays: the next publish removes it.
    if (runtime.now() >= deadline) return;
    try {
      await connections.removeDeadSubscriber(shard, subscriber);
    } catch (error) {
      logger.warn('a dead subscriber could not be removed', { channel, connectionId: subscriber.id, error });
    }
    return;
  }
}
