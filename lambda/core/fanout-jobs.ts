// What a worker does with jobs of the fan-out queue: each shard's messages go to its subscribers, and what has had to wait goes
// together with whatever followed it meanwhile. docs/adr/0016
import { isAfter, type MessagesPush, type Position } from '../../protocol';
import { encodeFrame, noPosts, postAll } from './posting';
import { logCounts, type FanoutDeps } from './fanout';
import { endOfPush, MAX_FRAME_BYTES, merged } from './merge';
import { pushOf, sizeOf } from './pages';
import type { FanoutJob, FanoutRecord, LogStore, Shard, ShardHead, ShardStore, SubscriberPage } from './ports';
import { MAP_LIFE } from './shards';

/** A job that has waited for longer has others behind it, most likely: the log tells. Milliseconds. */
const LATE = 100;
/** Entries that are read from the log at once: as many as fit a frame, for most. */
const READ_AHEAD = 100;

export interface WorkerDeps extends FanoutDeps {
  readonly logs: Pick<LogStore, 'from'>;
  readonly shards: Pick<ShardStore, 'noteSent'>;
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

/** @returns the records, if they have to be received again */
async function carryOutGroup(
  deps: WorkerDeps,
  records: readonly FanoutRecord[],
  deadline: number,
): Promise<readonly FanoutRecord[]> {
  const { runtime, log, jobs } = deps;
  try {
    const read = records.map(({ body }) => JSON.parse(body) as FanoutJob);
    const [first] = read;
    if (first === undefined) return [];
    const isLate = records.length > 1 || records.some(({ sentAt }) => runtime.now() - sentAt > LATE);
    const shard = { channel: first.push.channel, shard: first.shard };
    const pushes = read.map(({ push }) => push);
    await sendToShard(deps, shard, pushes, { isLate, deadline });
    return [];
  } catch (error) {
    log.error('a fan-out job could not be carried out', { records: records.map(({ id }) => id), error });
    await jobs.receiveAgain(records);
    return records;
  }
}

/** Sends messages to a shard, and from the first shard to the others. */
async function sendToShard(
  deps: WorkerDeps,
  shard: Shard,
  pushes: readonly MessagesPush[],
  { isLate, deadline }: { readonly isLate: boolean; readonly deadline: number },
): Promise<void> {
  const { connections, jobs } = deps;
  const first = await connections.page(shard);
  const sent = first.head?.sent ?? new Map<string, Position>();
  // Before merging: what has been sent already must not go along with what has not.
  const waiting = merged(pushes.filter((push) => !isSent(push, sent)));
  const sending = isLate ? await withWhatFollows(deps, waiting) : waiting;
  if (sending.length === 0) return;
  await Promise.all([
    shard.shard === 0 ? jobs.send(jobsOfOthers(first.head, sending)) : undefined,
    sendPages(deps, shard, first, sending, deadline),
  ]);
  for (const push of sending) {
    const end = endOfPush(push);
    const isAhead = !waiting.some((one) => one.origin === push.origin && !isAfter(end, endOfPush(one)));
    if (isAhead) await deps.shards.noteSent(shard, push.origin, end, deps.runtime.now() + MAP_LIFE);
  }
}

/** Whether a job before this one went as far. */
function isSent(push: MessagesPush, sent: ShardHead['sent']): boolean {
  const position = sent.get(push.origin);
  return position !== undefined && !isAfter(endOfPush(push), position);
}

function jobsOfOthers(head: ShardHead | undefined, pushes: readonly MessagesPush[]): readonly FanoutJob[] {
  const others = Array.from({ length: (head?.shards ?? 1) - 1 }, (_, i) => i + 1);
  return others.flatMap((shard) => pushes.map((push) => ({ shard, push })));
}

async function sendPages(
  deps: WorkerDeps,
  shard: Shard,
  first: SubscriberPage,
  pushes: readonly MessagesPush[],
  deadline: number,
): Promise<void> {
  const { connections, runtime, log } = deps;
  const frames = pushes.map(encodeFrame);
  const counts = noPosts();
  for (let page = first; ; ) {
    await postAll(deps, page.subscribers, { shard, frames, deadline }, counts);
    if (page.next === undefined) break;
    if (runtime.now() >= deadline) {
      log.warn('no time left to read on: subscribers may be left to their cursors', { ...shard });
      break;
    }
    page = await connections.page(shard, page.next);
  }
  for (const push of pushes) logCounts(deps, push, counts);
}

/** Each origin's last push, and what has been appended after it: as much as one frame holds. */
async function withWhatFollows(deps: WorkerDeps, pushes: readonly MessagesPush[]): Promise<readonly MessagesPush[]> {
  const origins = new Map(pushes.map((push) => [push.origin, push]));
  const following = await Promise.all([...origins.values()].map((push) => entriesAfter(deps, push)));
  return merged([...pushes, ...following.flat()]);
}

async function entriesAfter({ logs, log }: WorkerDeps, push: MessagesPush): Promise<readonly MessagesPush[]> {
  const { channel, origin } = push;
  const key = { channel, origin };
  const { epoch, seq: end } = endOfPush(push);
  let seq = end;
  const found: MessagesPush[] = [];
  try {
    let room = MAX_FRAME_BYTES - sizeOfPush(push);
    for (const entry of await logs.from(key, { epoch, seq: seq + 1 }, READ_AHEAD, room)) {
      room -= sizeOf(entry);
      // What is missing here is still on its way from another region.
      if (entry.epoch !== epoch || entry.seq !== seq + 1 || room < 0) break;
      found.push(pushOf(key, entry));
      seq += entry.messages.length;
    }
  } catch (error) {
    log.warn('the log could not be read ahead', { channel, error });
  }
  return found;
}

function sizeOfPush({ messages }: MessagesPush): number {
  return JSON.stringify(messages).length;
}
