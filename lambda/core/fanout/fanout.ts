// Sends messages to a channel's subscribers in this region: directly when they are few, through workers when the subscribers or
// the publishes are many.
import { type MessagesPush, RealtimeError } from '../../../protocol';
import { BoundedMap } from '../bounded-map';
import type { ConnectionStore, Subscriber, SubscriberPage } from '../connections/connection-store';
import type { TransportLimits } from '../connections/transport';
import type { FanoutQueue } from './ports';
import { encodeFrame, postAll, type PostAllDeps, type PostCounts, zeroCounts } from './post';

/**
 * Channels with more subscribers are left to workers. So many posts take as long as a job takes to reach its worker: about 100 ms
 * at 20 ms a post (`npm run bench:fanout`).
 */
export const INLINE_LIMIT = 300;
/** Time that a channel stays with the workers. Milliseconds. */
const WORKER_CHANNEL_MEMORY = 10_000;
/** Maximum number of such channels in the cache. */
const MAX_WORKER_CHANNELS = 10_000;
/** Attempts to send a job while the queue throttles, and the longest wait between them. Milliseconds. */
const ATTEMPTS = 2;
const THROTTLED_WAIT = 300;

/**
 * Channels that this function instance leaves to workers: they have many subscribers, or so many publishes that posting would
 * delay them (publish/fifo-batch.ts).
 */
export class WorkerChannels {
  private readonly until = new BoundedMap<number>(MAX_WORKER_CHANNELS);

  /** @param inlineLimit maximum number of subscribers of a channel that is not left to workers */
  public constructor(public readonly inlineLimit: number = INLINE_LIMIT) {}

  public has(channel: string, now: number): boolean {
    return now < (this.until.get(channel) ?? 0);
  }

  public add(channel: string, now: number): void {
    this.until.set(channel, now + WORKER_CHANNEL_MEMORY);
  }
}

export interface FanoutDeps extends PostAllDeps {
  readonly connections: ConnectionStore;
  readonly workerChannels: WorkerChannels;
  readonly jobs: FanoutQueue;
  readonly transportLimits: TransportLimits;
}

/** Result of a fan-out. */
export interface FanoutResult {
  /** Whether the channel may have subscribers. Always true when it is left to workers. */
  readonly hasSubscribers: boolean;
  /** Whether all subscribers were posted to before the deadline, or left to workers. */
  readonly isComplete: boolean;
}

/**
 * Sends messages to the channel's subscribers in this region, directly or through workers. When the subscribers can't be read, or not
 * all be posted to in time, workers send the messages again. Never throws: the messages are stored, and a subscriber that is not
 * reached finds them by its cursor.
 *
 * @param deadline no post starts after this. Milliseconds since 1970
 */
export async function fanOut(deps: FanoutDeps, push: MessagesPush, deadline: number): Promise<FanoutResult> {
  const { connections, workerChannels, runtime, logger } = deps;
  const { channel } = push;
  if (workerChannels.has(channel, runtime.now())) return sendJob(deps, push, deadline);
  const subscribers: Subscriber[] = [];
  const shard = { channel, shard: 0 };
  try {
    for (let from: string | undefined, isFirst = true; isFirst || from !== undefined; isFirst = false) {
      if (runtime.now() >= deadline) return await outOfTime(deps, push);
      const limit = workerChannels.inlineLimit + 1 - subscribers.length;
      const page: SubscriberPage = await connections.page(shard, from, limit);
      subscribers.push(...page.subscribers);
      if (subscribers.length > workerChannels.inlineLimit || (page.shards ?? 1) > 1) {
        workerChannels.add(channel, runtime.now());
        return await sendJob(deps, push, deadline);
      }
      from = page.next;
    }
  } catch (error) {
    logger.error('subscribers could not be read', { channel, error });
    return handOver(deps, push);
  }
  const counts = zeroCounts();
  await postAll(deps, { shard, subscribers, frames: [encodeFrame(push)], deadline, counts });
  logCounts(deps, push, counts);
  if (counts.late > 0) return handOver(deps, push);
  const now = runtime.now();
  return { hasSubscribers: subscribers.some(({ expiresAt }) => expiresAt > now), isComplete: true };
}

/** Leaves a fan-out to the worker of the first shard, which reads the number of shards. */
async function sendJob(deps: FanoutDeps, push: MessagesPush, deadline: number): Promise<FanoutResult> {
  const { jobs, runtime, logger } = deps;
  if (runtime.now() >= deadline) return outOfTime(deps, push);
  const { channel } = push;
  for (let attempt = 1; ; attempt++) {
    try {
      await jobs.send([{ shard: 0, push }]);
      return { hasSubscribers: true, isComplete: true };
    } catch (error) {
      const isThrottled = error instanceof RealtimeError && error.error === 'throttled';
      if (isThrottled && attempt < ATTEMPTS) {
        await runtime.sleep(runtime.random() * THROTTLED_WAIT);
        continue;
      }
      logger.error('a fan-out job could not be sent: this function posts to all shards', { channel, error });
      return postToAllShards(deps, push, deadline);
    }
  }
}

/** Posts to the subscribers of all shards. Slow; used only when the queue fails. */
async function postToAllShards(deps: FanoutDeps, push: MessagesPush, deadline: number): Promise<FanoutResult> {
  const { connections, runtime, logger } = deps;
  const { channel } = push;
  const counts = zeroCounts();
  const frames = [encodeFrame(push)];
  let isComplete = false;
  try {
    for await (const { shard, subscribers } of allPages(connections, channel)) {
      // Further pages are not read: their subscribers could not be posted to, and the reply would be late.
      if (runtime.now() >= deadline) {
        counts.late += subscribers.length;
        break;
      }
      await postAll(deps, { shard: { channel, shard }, subscribers, frames, deadline, counts });
    }
    isComplete = runtime.now() < deadline;
  } catch (error) {
    logger.error('subscribers could not be read', { channel, error });
  }
  logCounts(deps, push, counts);
  return isComplete ? { hasSubscribers: true, isComplete } : handOver(deps, push);
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

/** The deadline passed before the subscribers were read. Counts one late post, since their number is unknown. */
async function outOfTime(deps: FanoutDeps, push: MessagesPush): Promise<FanoutResult> {
  logCounts(deps, push, { ...zeroCounts(), late: 1 });
  return handOver(deps, push);
}

/**
 * Leaves to the workers what this function could not finish, even after the deadline: the request takes milliseconds of the time
 * that is reserved for a post. Subscribers that have the messages already drop them by position.
 */
async function handOver({ jobs, logger }: FanoutDeps, push: MessagesPush): Promise<FanoutResult> {
  try {
    await jobs.send([{ shard: 0, push }]);
    return { hasSubscribers: true, isComplete: true };
  } catch (error) {
    logger.error('an unfinished fan-out could not be left to workers', { channel: push.channel, error });
    return { hasSubscribers: true, isComplete: false };
  }
}

/** Writes the log line that metric filters read (lib/monitoring/log-fields.ts). */
export function logCounts(
  { logger }: Pick<FanoutDeps, 'logger'>,
  { channel, epoch, messages }: MessagesPush,
  counts: PostCounts,
): void {
  // Alarms count every subscriber without a live delivery as failed: `slow` ones, whose outcome is unknown, and `late` ones too.
  const failed = counts.failed + counts.slow + counts.late;
  const fields = { channel, epoch, seq: messages[0]?.seq, ...counts, failed };
  if (counts.forbidden > 0) logger.error('callback forbidden: wrong endpoint or missing permission', fields);
  else logger.info('fanned out', fields);
}
