// Posts to connections: bounded, side by side, and nobody waits for somebody else's phone.
import type { Push } from '../../../protocol';
import type { Pace } from './rate-limiter';
import type { Pool } from './fair-pool';
import type { ConnectionStore, Shard, Subscriber } from '../connections/connection-store';
import type { Logger, Runtime } from '../runtime';
import type { Poster, PostOutcome } from '../connections/transport';

/** Posts under way at once from one function, whatever channels they are for. */
export const POOL_SIZE = 64;
/**
 * The same for a worker, which does nothing else: at 20 ms a post, 600 take 50 ms. More at once would not be faster on one
 * vCPU (`npm run bench:post`).
 */
export const WORKER_POOL_SIZE = 256;
/** Upper bound of the wait before the first retry, doubled for the second; it grows no further. Milliseconds. */
const RETRY_CAP = 150;
/** A post that has no answer after this is given up; the client's cursor finds the message. Milliseconds. */
export const POST_TIMEOUT = 3_000;
/**
 * Part of a function's time that is kept after the last post has begun: for that post, which may last as long as any, and
 * for the reply. Milliseconds.
 */
export const REPLY_RESERVE = POST_TIMEOUT + 500;

export interface PostDeps {
  readonly poster: Poster;
  /** The poster's: whatever it is asked goes through here, since what waits for a socket would run into its time limit. */
  readonly pool: Pool;
  readonly pace: Pace;
  readonly runtime: Runtime;
}

/** How many posts ended in each way; `late` ones were not begun. */
export type PostCounts = Record<PostOutcome | 'late', number>;

export function noPosts(): PostCounts {
  return { delivered: 0, gone: 0, throttled: 0, forbidden: 0, failed: 0, slow: 0, late: 0 };
}

/** A push as it is posted: every subscriber gets the same bytes, encoded once. */
export function encodeFrame(push: Push): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(push));
}

/**
 * Posts to one connection, and again while it is throttled. Never throws.
 *
 * @param group whose turn in the pool it takes: what belongs together
 * @param deadline after this nothing more is begun. Milliseconds since 1970
 */
export async function post(
  { poster, pool, pace, runtime }: PostDeps,
  group: string,
  connectionId: string,
  frame: Uint8Array,
  deadline: number,
): Promise<PostOutcome | 'late'> {
  for (let retry = 0; ; retry++) {
    const outcome = await pool.run(group, async () => {
      if (!(await pace.turn(deadline))) return 'late';
      const posted = await poster.post(connectionId, frame);
      // One phone that is tried again and again is still one.
      if (retry === 0) pace.told(connectionId, posted);
      return posted;
    });
    if (outcome !== 'throttled') return outcome;
    if (retry >= pace.retries(connectionId)) {
      pace.gaveUp(connectionId);
      return outcome;
    }
    // Waits outside the pool: a throttled connection (one slow phone is enough) must not hold the others up.
    await runtime.sleep(runtime.random() * RETRY_CAP * Math.min(2, 2 ** retry));
  }
}

export interface PostAllDeps extends PostDeps {
  readonly connections: Pick<ConnectionStore, 'removeDeadSubscriber'>;
  readonly logger: Logger;
}

/** What is posted to every subscriber of a shard. */
export interface Frames {
  readonly shard: Shard;
  /** Each subscriber gets them one after another. */
  readonly frames: readonly Uint8Array[];
  /** After this nothing more is begun. Milliseconds since 1970. */
  readonly deadline: number;
}

/** Posts frames to subscribers whose time is not over, and counts what became of it. Never throws. */
export async function postAll(
  deps: PostAllDeps,
  subscribers: readonly Subscriber[],
  posted: Frames,
  counts: PostCounts,
): Promise<void> {
  const now = deps.runtime.now();
  const live = subscribers.filter(({ expiresAt }) => expiresAt > now);
  await Promise.all(live.map((subscriber) => postInOrder(deps, subscriber, posted, counts)));
}

async function postInOrder(
  deps: PostAllDeps,
  subscriber: Subscriber,
  { shard, frames, deadline }: Frames,
  counts: PostCounts,
): Promise<void> {
  const { connections, runtime, logger } = deps;
  for (const frame of frames) {
    const outcome = await post(deps, shard.channel, subscriber.id, frame, deadline);
    counts[outcome] += 1;
    if (outcome !== 'gone') continue;
    // When time is over, the row stays for the next publish to find.
    if (runtime.now() >= deadline) return;
    try {
      await connections.removeDeadSubscriber(shard, subscriber);
    } catch (error) {
      const { channel } = shard;
      logger.warn('a dead subscriber could not be removed', { channel, connectionId: subscriber.id, error });
    }
    return;
  }
}
