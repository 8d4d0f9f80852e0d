// A worker processes jobs of the fan-out queue: it sends the messages of a shard to the shard's subscribers. Messages that had to
// wait are sent together with those that followed. docs/decisions/0016
import { type MessagesPush, utf8Length } from '../../../protocol';
import { type FanoutDeps, logCounts } from './fanout';
import { coalesce, endOfPush, startOfPush } from './coalesce';
import { pushOf, sizeOf } from '../log/message-pages';
import type { FanoutJob, FanoutRecord, ShardStore } from './ports';
import type { LogStore } from '../log/log-store';
import type { SentRange, Shard } from '../connections/connection-store';
import { handleGroups } from '../partial-batch';
import { encodeFrame, postAll, zeroCounts } from './post';
import { shardMapLife } from './shards';

/** A job that waited longer than this probably has others behind it: the worker reads the log ahead. Milliseconds. */
const LATE = 100;
/** Entries read ahead from the log. Usually enough to fill a frame. */
const READ_AHEAD = 100;

export interface WorkerDeps extends FanoutDeps {
  readonly logs: Pick<LogStore, 'from'>;
  readonly shards: Pick<ShardStore, 'sent' | 'noteSent'>;
  /** Maximum number of shards that all workers together send to at the same time. */
  readonly shardsAtOnce: number;
}

/**
 * Processes a batch of jobs, shard by shard.
 *
 * @param deadline no post starts after this. Milliseconds since 1970
 * @returns the ids of the records to receive again
 */
export async function processJobs(
  deps: WorkerDeps,
  records: readonly FanoutRecord[],
  deadline: number,
): Promise<readonly string[]> {
  const failed = await handleGroups(
    records,
    ({ group }) => group,
    (group) => processShard(deps, group, deadline),
  );
  return failed.map(({ id }) => id);
}

/** Pushes for the subscribers of a shard. */
interface ShardPushes {
  readonly shard: Shard;
  /** Number of the channel's shards, if the job has it. */
  readonly shards: number | undefined;
  readonly pushes: readonly MessagesPush[];
  readonly deadline: number;
}

/** @returns the records to receive again: all or none */
async function processShard(
  deps: WorkerDeps,
  records: readonly FanoutRecord[],
  deadline: number,
): Promise<readonly FanoutRecord[]> {
  const { runtime, logger, jobs, transportLimits } = deps;
  try {
    const parsed = records.map(({ body }) => JSON.parse(body) as FanoutJob);
    const [first] = parsed;
    if (first === undefined) return [];
    const shard = { channel: first.push.channel, shard: first.shard };
    const { shards } = parsed.at(-1) ?? first;
    const pushes = parsed.map(({ push }) => push);
    const isLate = records.length > 1 || records.some(({ sentAt }) => runtime.now() - sentAt > LATE);
    if (isLate) await sendWithFollowing(deps, { shard, shards, pushes, deadline });
    else await send(deps, { shard, shards, pushes: coalesce(pushes, transportLimits.maxFrameBytes), deadline });
    return [];
  } catch (error) {
    logger.error('a fan-out job failed', { records: records.map(({ id }) => id), error });
    await jobs.receiveAgain(records);
    return records;
  }
}

/** Sends pushes with the messages that follow them in the log. The sent ranges tell later jobs that their messages are sent. */
async function sendWithFollowing(deps: WorkerDeps, { shard, shards, pushes, deadline }: ShardPushes): Promise<void> {
  const { maxFrameBytes } = deps.transportLimits;
  const sent = await deps.shards.sent(shard);
  const isSent = (push: MessagesPush): boolean => isWithin(push, sent.get(push.origin));
  const waiting = pushes.filter((push) => !isSent(push));
  if (waiting.length === 0) return;
  // The first waiting push of each origin.
  const starts = new Map(
    coalesce(waiting, maxFrameBytes)
      .map((push) => [push.origin, push] as const)
      .reverse(),
  );
  // The log is read before the subscribers: one that is missing in the list finds the messages in the log.
  const following = await Promise.all([...starts.values()].map((push) => entriesAfter(deps, push)));
  const ahead = following.flat().filter((push) => !isSent(push));
  const all = coalesce([...waiting, ...ahead], maxFrameBytes);
  const isComplete = await send(deps, { shard, shards, pushes: all, deadline });
  if (!isComplete || ahead.length === 0) return;
  for (const [i, push] of [...starts.values()].entries()) {
    const last = following[i]?.at(-1);
    if (last === undefined) continue;
    const range = { epoch: push.epoch, from: startOfPush(push).seq, to: endOfPush(last).seq };
    await noteSent(deps, { shard, origin: push.origin, range, before: sent.get(push.origin) });
  }
}

function isWithin(push: MessagesPush, range: SentRange | undefined): boolean {
  const [{ epoch, seq: first }, { seq: last }] = [startOfPush(push), endOfPush(push)];
  return range !== undefined && epoch === range.epoch && first >= range.from && last <= range.to;
}

/** Stores a sent range, joined with the previous one if no message is missing between them. */
async function noteSent(
  { shards, runtime, logger, transportLimits }: WorkerDeps,
  {
    shard,
    origin,
    range,
    before,
  }: {
    readonly shard: Shard;
    readonly origin: string;
    readonly range: SentRange;
    readonly before: SentRange | undefined;
  },
): Promise<void> {
  const isAdjacent = before?.epoch === range.epoch && before.from <= range.from && range.from <= before.to + 1;
  const joined = isAdjacent ? { ...range, from: before.from, to: Math.max(before.to, range.to) } : range;
  try {
    await shards.noteSent(shard, origin, joined, runtime.now() + shardMapLife(transportLimits));
  } catch (error) {
    // Later jobs send the messages again, and clients drop the duplicates.
    logger.warn('the range that was sent ahead could not be stored', { ...shard, error });
  }
}

/**
 * Sends pushes to a shard's subscribers. The worker of the first shard also sends jobs to the other shards.
 *
 * @returns whether all subscribers were posted to before the deadline
 */
async function send(deps: WorkerDeps, { shard, shards, pushes, deadline }: ShardPushes): Promise<boolean> {
  const { connections, jobs, rateLimiter, runtime, logger } = deps;
  let page = await connections.page(shard);
  const waiting = pushes.filter((push) => !isWithin(push, page.sent?.get(push.origin)));
  const [first] = waiting;
  if (first === undefined) return true;
  const count = page.shards ?? shards ?? 1;
  const others = Array.from({ length: (page.shards ?? 1) - 1 }, (_, i) => i + 1);
  // Jobs are sent before the posts: if that fails, the whole job is repeated.
  if (others.length > 0)
    await jobs.send(others.flatMap((other) => waiting.map((push) => ({ shard: other, shards: count, push }))));
  const frames = waiting.map(encodeFrame);
  const counts = zeroCounts();
  const returnShare = rateLimiter.limitToShare(1 / Math.min(count, deps.shardsAtOnce));
  try {
    for (;;) {
      await postAll(deps, { shard, subscribers: page.subscribers, frames, deadline, counts });
      if (page.next === undefined) break;
      if (runtime.now() >= deadline) {
        // One for the subscribers on the remaining pages, whose number is unknown.
        counts.late += 1;
        break;
      }
      page = await connections.page(shard, page.next);
    }
  } finally {
    returnShare();
    logCounts(deps, first, counts);
  }
  if (counts.late > 0) logger.warn('the deadline passed before all subscribers were posted to', { ...shard });
  return counts.late === 0;
}

/** Entries that follow a push in the log, as one push each: as many as fit into the same frame. */
async function entriesAfter(
  { logs, logger, transportLimits }: WorkerDeps,
  push: MessagesPush,
): Promise<readonly MessagesPush[]> {
  const { channel, origin } = push;
  const key = { channel, origin };
  const { epoch, seq: end } = endOfPush(push);
  let seq = end;
  const found: MessagesPush[] = [];
  try {
    let bytesLeft = transportLimits.maxFrameBytes - utf8Length(JSON.stringify(push));
    for (const entry of await logs.from(key, { epoch, seq: seq + 1 }, READ_AHEAD, bytesLeft)) {
      bytesLeft -= sizeOf(entry);
      // A missing entry has not been replicated from its region yet.
      if (entry.epoch !== epoch || entry.seq !== seq + 1 || bytesLeft < 0) break;
      found.push(pushOf(key, entry));
      seq += entry.messages.length;
    }
  } catch (error) {
    logger.warn('the log could not be read ahead', { channel, error });
  }
  return found;
}
