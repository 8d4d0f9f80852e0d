// How messages get to a channel's subscribers in this region: at once where they are few, by workers where they, or the publishes,
// are many.
import { type MessagesPush, RealtimeError } from '../../../protocol';
import { BoundedMap } from '../bounded-map';
import type { ConnectionStore, Subscriber, SubscriberPage } from '../connections/connection-store';
import type { FanoutQueue } from './ports';
import { encodeFrame, noPosts, postAll, type PostAllDeps, type PostCounts } from './post';

/**
 * Channels with more subscribers are left to workers: so many posts take as long as a job needs to get to its worker, some 100 ms
 * at 20 ms each (`npm run bench:fanout`).
 */
export const INLINE_LIMIT = 300;
/** How long a warm function remembers that a channel is too much for itself. Milliseconds. */
const MEMORY = 10_000;
/** Channels of which it is remembered. */
const CHANNELS = 10_000;
/** How often a job is sent while the queue is asked too much, and the longest wait in between. Milliseconds. */
const ATTEMPTS = 2;
const THROTTLED_WAIT = 300;

/** The channels that are too much for a warm function: too large, or so busy that publishes would wait for its posts (ordered.ts). */
export class LeftToWorkers {
  private readonly until = new BoundedMap<number>(CHANNELS);

  /** @param inlineLimit most subscribers that are sent to at once */
  public constructor(public readonly inlineLimit: number = INLINE_LIMIT) {}

  public has(channel: string, now: number): boolean {
    return now < (this.until.get(channel) ?? 0);
  }

  public note(channel: string, now: number): void {
    this.until.set(channel, now + MEMORY);
  }
}

export interface FanoutDeps extends PostAllDeps {
  readonly connections: ConnectionStore;
  readonly leftToWorkers: LeftToWorkers;
  readonly jobs: FanoutQueue;
}

/** What became of one fan-out. */
export interface FanoutResult {
  /** Whether there may be subscribers: workers don't tell. */
  readonly found: boolean;
  /** Whether all subscribers were read, or left to workers: there was time for it, and nothing failed. */
  readonly isWhole: boolean;
}

/**
 * Sends messages to the channel's subscribers in this region, or has it done. Never throws: the messages are stored, so
 * whoever is not reached here finds them by cursor.
 *
 * @param deadline after this nothing more is begun. Milliseconds since 1970
 */
export async function fanOut(deps: FanoutDeps, push: MessagesPush, deadline: number): Promise<FanoutResult> {
  const { connections, leftToWorkers, runtime, logger } = deps;
  const { channel } = push;
  if (leftToWorkers.has(channel, runtime.now())) return handOver(deps, push, deadline);
  const subscribers: Subscriber[] = [];
  try {
    const shard = { channel, shard: 0 };
    for (let from: string | undefined, isFirst = true; isFirst || from !== undefined; isFirst = false) {
      if (runtime.now() >= deadline) return outOfTime(deps, push);
      const page: SubscriberPage = await connections.page(
        shard,
        from,
        leftToWorkers.inlineLimit + 1 - subscribers.length,
      );
      subscribers.push(...page.subscribers);
      if (subscribers.length > leftToWorkers.inlineLimit || (page.shards ?? 1) > 1) {
        leftToWorkers.note(channel, runtime.now());
        return await handOver(deps, push, deadline);
      }
      from = page.next;
    }
  } catch (error) {
    logger.error('subscribers could not be read', { channel, error });
    return { found: subscribers.length > 0, isWhole: false };
  }
  const counts = noPosts();
  await postAll(deps, subscribers, { shard: { channel, shard: 0 }, frames: [encodeFrame(push)], deadline }, counts);
  logCounts(deps, push, counts);
  const now = runtime.now();
  return { found: subscribers.some(({ expiresAt }) => expiresAt > now), isWhole: now < deadline };
}

/** Leaves a fan-out to the worker of the first shard, which knows how many there are. */
async function handOver(deps: FanoutDeps, push: MessagesPush, deadline: number): Promise<FanoutResult> {
  const { jobs, runtime, logger } = deps;
  if (runtime.now() >= deadline) return outOfTime(deps, push);
  const { channel } = push;
  for (let attempt = 1; ; attempt++) {
    try {
      await jobs.send([{ shard: 0, push }]);
      return { found: true, isWhole: true };
    } catch (error) {
      const isThrottled = error instanceof RealtimeError && error.error === 'throttled';
      if (isThrottled && attempt < ATTEMPTS) {
        await runtime.sleep(runtime.random() * THROTTLED_WAIT);
        continue;
      }
      logger.error('a fan-out could not be left to workers: it is done here', { channel, error });
      return sendToAll(deps, push, deadline);
    }
  }
}

/** Sends to all shards here: slow, and the only way that is left. */
async function sendToAll(deps: FanoutDeps, push: MessagesPush, deadline: number): Promise<FanoutResult> {
  const { connections, runtime, logger } = deps;
  const { channel } = push;
  const counts = noPosts();
  let isWhole = false;
  try {
    for await (const { shard, subscribers } of allPages(connections, channel)) {
      // Whoever stands on a later page would get nothing any more: reading it would only hold the reply up.
      if (runtime.now() >= deadline) {
        counts.late += subscribers.length;
        break;
      }
      await postAll(deps, subscribers, { shard: { channel, shard }, frames: [encodeFrame(push)], deadline }, counts);
    }
    isWhole = runtime.now() < deadline;
  } catch (error) {
    logger.error('subscribers could not be read', { channel, error });
  }
  logCounts(deps, push, counts);
  return { found: true, isWhole };
}

/** All subscribers of a channel, shard by shard and page by page. */
export async function* allPages(
  connections: Pick<ConnectionStore, 'page'>,
  channel: string,
): AsyncIterable<{ readonly shard: number; readonly subscribers: readonly Subscriber[] }> {
  let shards = 1;
  for (let shard = 0; shard < shards; shard++) {
    let from: string | undefined;
    do {
      const page: SubscriberPage = await connections.page({ channel, shard }, from);
      shards = Math.max(shards, page.shards ?? 1);
      yield { shard, subscribers: page.subscribers };
      from = page.next;
    } while (from !== undefined);
  }
}

/** How many there are was not read. */
function outOfTime(deps: FanoutDeps, push: MessagesPush): FanoutResult {
  logCounts(deps, push, { ...noPosts(), late: 1 });
  return { found: false, isWhole: false };
}

/** The line that alarms on posts are counted from (lib/monitoring/log-fields.ts). */
export function logCounts(
  { logger }: Pick<FanoutDeps, 'logger'>,
  { channel, epoch, messages }: MessagesPush,
  counts: PostCounts,
): void {
  // To alarms, whoever does not get it live: slow ones, of which nobody knows yet, as well as those for whom there was no time.
  const failed = counts.failed + counts.slow + counts.late;
  const fields = { channel, epoch, seq: messages[0]?.seq, ...counts, failed };
  if (counts.forbidden > 0) logger.error('callback forbidden: wrong endpoint, stage or permission', fields);
  else logger.info('fanned out', fields);
}
