// What a worker does with jobs of the fan-out queue: each shard's messages go to its subscribers, and what has had to wait goes
// together with whatever followed it meanwhile. docs/decisions/0016
import { type MessagesPush, utf8Length } from '../../../protocol';
import { type FanoutDeps, logCounts } from './fanout';
import { endOfPush, MAX_FRAME_BYTES, merged, startOfPush } from './coalesce';
import { pushOf, sizeOf } from '../log/message-pages';
import type { FanoutJob, FanoutRecord, ShardStore } from './ports';
import type { LogStore } from '../log/log-store';
import type { SentRange, Shard } from '../connections/connection-store';
import { encodeFrame, noPosts, postAll } from './post';
import { MAP_LIFE } from './shards';

/** A job that has waited for longer has others behind it, most likely: the log tells. Milliseconds. */
const LATE = 100;
/** Entries that are read from the log at once: as many as fit a frame, for most. */
const READ_AHEAD = 100;

export interface WorkerDeps extends FanoutDeps {
  readonly logs: Pick<LogStore, 'from'>;
  readonly shards: Pick<ShardStore, 'sent' | 'noteSent'>;
  /** Shards that all workers together send to side by side, at most. */
  readonly shardsAtOnce: number;
}

/**
 * Carries out a batch of jobs, shard by shard.
 *
 * @param deadline after this nothing more is begun. Milliseconds since 1970
 * @returns the ids of the records that have to be received again
 */
export async function carryOut(
  deps: WorkerDeps,
  records: readonly FanoutRecord[],
  deadline: number,
): Promise<readonly string[]> {
  const groups = new Map<string | undefined, FanoutRecord[]>();
  for (const record of records) groups.set(record.group, [...(groups.get(record.group) ?? []), record]);
  const failed = await Promise.all([...groups.values()].map((group) => carryOutGroup(deps, group, deadline)));
  return failed.flat().map(({ id }) => id);
}

/** A shard, and how many the channel has, if the job tells. */
type ShardOfSome = Shard & Pick<FanoutJob, 'shards'>;

/** @returns the records, if they have to be received again */
async function carryOutGroup(
  deps: WorkerDeps,
  records: readonly FanoutRecord[],
  deadline: number,
): Promise<readonly FanoutRecord[]> {
  const { runtime, logger, jobs } = deps;
  try {
    const read = records.map(({ body }) => JSON.parse(body) as FanoutJob);
    const [first] = read;
    if (first === undefined) return [];
    const shard = { channel: first.push.channel, shard: first.shard, shards: read.at(-1)?.shards };
    const pushes = read.map(({ push }) => push);
    const isLate = records.length > 1 || records.some(({ sentAt }) => runtime.now() - sentAt > LATE);
    if (isLate) await catchUp(deps, shard, pushes, deadline);
    else await sendToShard(deps, shard, merged(pushes), deadline);
    return [];
  } catch (error) {
    logger.error('a fan-out job could not be carried out', { records: records.map(({ id }) => id), error });
    await jobs.receiveAgain(records);
    return records;
  }
}

/** Sends what has had to wait, with whatever followed it. The next jobs may be done with that, which the shard's head tells. */
async function catchUp(
  deps: WorkerDeps,
  shard: ShardOfSome,
  pushes: readonly MessagesPush[],
  deadline: number,
): Promise<void> {
  const sent = await deps.shards.sent(shard);
  const isSent = (push: MessagesPush): boolean => isWithin(push, sent.get(push.origin));
  const waiting = pushes.filter((push) => !isSent(push));
  if (waiting.length === 0) return;
  // The log before the subscribers: who is not among those finds in the log what they are sent.
  const origins = new Map(
    merged(waiting)
      .map((push) => [push.origin, push] as const)
      .reverse(),
  );
  const following = await Promise.all([...origins.values()].map((push) => entriesAfter(deps, push)));
  const ahead = following.flat().filter((push) => !isSent(push));
  const isWhole = await sendToShard(deps, shard, merged([...waiting, ...ahead]), deadline);
  if (!isWhole || ahead.length === 0) return;
  for (const [i, push] of [...origins.values()].entries()) {
    const last = following[i]?.at(-1);
    if (last === undefined) continue;
    const range = { epoch: push.epoch, from: startOfPush(push).seq, to: endOfPush(last).seq };
    await note(deps, shard, push.origin, range, sent.get(push.origin));
  }
}

function isWithin(push: MessagesPush, range: SentRange | undefined): boolean {
  const [{ epoch, seq: first }, { seq: last }] = [startOfPush(push), endOfPush(push)];
  return range !== undefined && epoch === range.epoch && first >= range.from && last <= range.to;
}

/** Notes what has been sent, together with what was before, if nothing is between. */
async function note(
  { shards, runtime, logger }: WorkerDeps,
  shard: Shard,
  origin: string,
  range: SentRange,
  before: SentRange | undefined,
): Promise<void> {
  const goesOn = before?.epoch === range.epoch && before.from <= range.from && range.from <= before.to + 1;
  const both = goesOn ? { ...range, from: before.from, to: Math.max(before.to, range.to) } : range;
  try {
    await shards.noteSent(shard, origin, both, runtime.now() + MAP_LIFE);
  } catch (error) {
    // Later jobs send it again, and clients drop it.
    logger.warn('what was sent ahead could not be noted', { ...shard, error });
  }
}

/**
 * Sends messages to a shard, and from the first shard to the others.
 *
 * @returns whether all were sent to: there was time for it
 */
async function sendToShard(
  deps: WorkerDeps,
  shard: ShardOfSome,
  pushes: readonly MessagesPush[],
  deadline: number,
): Promise<boolean> {
  const { connections, jobs, pace, runtime, logger } = deps;
  let page = await connections.page(shard);
  const waiting = pushes.filter((push) => !isWithin(push, page.sent?.get(push.origin)));
  const [first] = waiting;
  if (first === undefined) return true;
  // Before anything is posted: if they can't be told, all of it is done again.
  const shards = page.shards ?? shard.shards ?? 1;
  const others = Array.from({ length: (page.shards ?? 1) - 1 }, (_, i) => i + 1);
  if (others.length > 0)
    await jobs.send(others.flatMap((other) => waiting.map((push) => ({ shard: other, shards, push }))));
  const frames = waiting.map(encodeFrame);
  const counts = noPosts();
  const done = pace.share(1 / Math.min(shards, deps.shardsAtOnce));
  try {
    for (;;) {
      await postAll(deps, page.subscribers, { shard, frames, deadline }, counts);
      if (page.next === undefined) break;
      if (runtime.now() >= deadline) {
        // Those on the pages that follow, which are not read any more: one stands for them.
        counts.late += 1;
        break;
      }
      page = await connections.page(shard, page.next);
    }
  } finally {
    done();
    logCounts(deps, first, counts);
  }
  if (counts.late > 0) logger.warn('subscribers were left to their cursors: there was no time', { ...shard });
  return counts.late === 0;
}

/** What has been appended after a push, one push an entry: as much as fits the same frame. */
async function entriesAfter({ logs, logger }: WorkerDeps, push: MessagesPush): Promise<readonly MessagesPush[]> {
  const { channel, origin } = push;
  const key = { channel, origin };
  const { epoch, seq: end } = endOfPush(push);
  let seq = end;
  const found: MessagesPush[] = [];
  try {
    let room = MAX_FRAME_BYTES - utf8Length(JSON.stringify(push));
    for (const entry of await logs.from(key, { epoch, seq: seq + 1 }, READ_AHEAD, room)) {
      room -= sizeOf(entry);
      // What is missing here is still on its way from another region.
      if (entry.epoch !== epoch || entry.seq !== seq + 1 || room < 0) break;
      found.push(pushOf(key, entry));
      seq += entry.messages.length;
    }
  } catch (error) {
    logger.warn('the log could not be read ahead', { channel, error });
  }
  return found;
}
