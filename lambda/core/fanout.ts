import type { MessagesPush, Push } from '../../protocol';
import type { Pool } from './pool';
import type { ConnectionStore, Log, Poster, PostOutcome, Runtime, Subscriber } from './ports';

/** Posts under way at once from one function, whatever channels they are for. */
export const POOL_SIZE = 64;
/** A throttled post is tried again this often; then the client's cursor finds the message. */
export const MAX_RETRIES = 2;
/** Upper bound of the wait before the first retry, doubled for the second. Milliseconds. */
const RETRY_CAP = 150;
/** A post that has no answer after this is given up; the client's cursor finds the message. Milliseconds. */
export const POST_TIMEOUT = 3_000;
/**
 * Part of a function's time that is kept after the last post has begun: for that post, which may last as long as any, and
 * for the reply. Milliseconds.
 */
export const REPLY_RESERVE = POST_TIMEOUT + 500;

export interface FanoutDeps {
  readonly connections: ConnectionStore;
  readonly poster: Poster;
  /** The poster's: whatever it is asked goes through here, since what waits for a socket would run into its time limit. */
  readonly pool: Pool;
  readonly runtime: Runtime;
  readonly log: Log;
}

/** How many posts ended in each way; `late` ones were not begun. */
export type PostCounts = Record<PostOutcome | 'late', number>;

export function noPosts(): PostCounts {
  return { delivered: 0, gone: 0, throttled: 0, forbidden: 0, failed: 0, late: 0 };
}

/** What became of one fan-out. */
export interface FanoutResult {
  /** Subscribers whose time is not over. */
  readonly subscribers: number;
  /** Whether all subscribers were read: there was time for it, and nothing failed. */
  readonly isWhole: boolean;
}

/**
 * Sends messages to the channel's subscribers in this region. Never throws: the messages are stored, so whoever is not
 * reached here finds them by cursor.
 *
 * @param deadline after this nothing more is begun. Milliseconds since 1970
 */
export async function fanOut(deps: FanoutDeps, push: MessagesPush, deadline: number): Promise<FanoutResult> {
  const { connections, pool, runtime, log } = deps;
  const { channel, epoch } = push;
  const counts = noPosts();
  const frame = encodeFrame(push);
  const posts: Promise<void>[] = [];
  const isLate = (): boolean => runtime.now() >= deadline;
  let isWhole = false;
  try {
    for await (const page of connections.subscribers(channel)) {
      for (const subscriber of page) {
        if (subscriber.expiresAt <= runtime.now()) continue;
        posts.push(
          postOne(deps, channel, subscriber, frame, deadline).then((outcome) => {
            counts[outcome] += 1;
          }),
        );
      }
      // The next page is read only when this one is nearly through: the queue in memory stays bounded.
      await pool.hasRoom(channel);
      // Whoever stands on a later page would get nothing any more: reading it would only hold the reply up.
      if (isLate()) break;
    }
    isWhole = !isLate();
    if (!isWhole) log.warn('no time left to read on: subscribers may be left to their cursors', { channel });
  } catch (error) {
    log.error('subscribers could not be read', { channel, error });
  }
  await Promise.all(posts);
  const fields = { channel, epoch, seq: push.messages[0]?.seq, ...counts };
  if (counts.forbidden > 0) log.error('callback forbidden: wrong endpoint, stage or permission', fields);
  else log.info('fanned out', fields);
  return { subscribers: posts.length, isWhole };
}

async function postOne(
  deps: FanoutDeps,
  channel: string,
  subscriber: Subscriber,
  frame: Uint8Array,
  deadline: number,
): Promise<PostOutcome | 'late'> {
  const { connections, runtime, log } = deps;
  const outcome = await post(deps, channel, subscriber.id, frame, deadline);
  // When time is over, the row stays for the next publish to find.
  if (outcome === 'gone' && runtime.now() < deadline) {
    try {
      await connections.removeDeadSubscriber(channel, subscriber);
    } catch (error) {
      log.warn('a dead subscriber could not be removed', { channel, connectionId: subscriber.id, error });
    }
  }
  return outcome;
}

/** A push as it is posted: every subscriber gets the same bytes, encoded once. */
export function encodeFrame(push: Push): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(push));
}

/**
 * Posts to one connection, and again while it is throttled. Never throws.
 *
 * @param group whose turn in the pool it takes: what belongs together
 */
export async function post(
  { poster, pool, runtime }: Pick<FanoutDeps, 'poster' | 'pool' | 'runtime'>,
  group: string,
  connectionId: string,
  frame: Uint8Array,
  deadline: number,
): Promise<PostOutcome | 'late'> {
  for (let retry = 0; ; retry++) {
    const outcome = await pool.run(group, () => (runtime.now() < deadline ? poster.post(connectionId, frame) : 'late'));
    if (outcome !== 'throttled' || retry === MAX_RETRIES) return outcome;
    // Waits outside the pool: a throttled connection (one slow phone is enough) must not hold the others up.
    await runtime.sleep(runtime.random() * RETRY_CAP * 2 ** retry);
  }
}
