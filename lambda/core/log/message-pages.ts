// What subscribe, sync, history and fan-out have in common: messages out of entries, their order, and what fits a reply.
import { type LocatedMessage, type MessagesPush, type Position, utf8Length } from '../../../protocol';
import type { Entry, LogKey, LogStore } from './log-store';

/** Most bytes of messages in one reply, as JSON; API Gateway carries 128 KB. */
export const MAX_REPLY_BYTES = 96 * 1024;

/** An entry's messages as replies carry them; a message of another sender than the first names him itself. */
export function locate(entry: Entry, origin: string): readonly LocatedMessage[] {
  const { epoch, ts, from } = entry;
  return entry.messages.map((message, i) => ({ seq: entry.seq + i, ts, from, ...message, origin, epoch }));
}

/** An entry as it is pushed. */
export function pushOf({ channel, origin }: LogKey, entry: Entry): MessagesPush {
  return {
    push: 'messages',
    channel,
    origin,
    epoch: entry.epoch,
    messages: locate(entry, origin).map(({ seq, id, ts, from, data, enc }) => ({ seq, id, ts, from, data, enc })),
  };
}

/** The place of an entry's last message. */
export function lastOf(entry: Entry): Position {
  return { epoch: entry.epoch, seq: entry.seq + entry.messages.length - 1 };
}

/** Bytes of an entry's messages, as JSON: what a reply at least needs for them. */
export function sizeOf(entry: Entry): number {
  return utf8Length(JSON.stringify(entry.messages));
}

/** Whether a read that gave these entries may have ended because of its limits, and not with the log. */
export function mayHaveMore(entries: readonly Entry[], limit: number, bytes: number): boolean {
  return entries.length >= limit || entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= bytes;
}

/** What follows a place, in entries; the first may hold the place itself. */
export async function readOn(
  store: LogStore,
  key: LogKey,
  place: Position,
  limit: number,
  bytes: number,
): Promise<{ readonly entries: readonly Entry[]; readonly more: boolean }> {
  // Without an epoch, nothing has been seen.
  const next = place.epoch === '' ? undefined : { epoch: place.epoch, seq: place.seq + 1 };
  const [holder, entries] = await Promise.all([
    // It may begin anywhere in the batch before, so it is found from behind: that reads one entry, not a batch of them.
    next === undefined ? [] : store.before(key, next, 1),
    store.from(key, next, limit, bytes),
  ]);
  return { entries: [...holder, ...entries], more: mayHaveMore(entries, limit, bytes) };
}

/** The order of messages across origins, the same for everyone: (ts, origin, seq); within an origin always by place. */
export function byTime(a: LocatedMessage, b: LocatedMessage): number {
  if (a.origin === b.origin) return a.epoch === b.epoch ? a.seq - b.seq : compare(a.epoch, b.epoch);
  return a.ts - b.ts || compare(a.origin, b.origin);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first messages within both limits; at least one, so that paging goes on. */
export function fitting(
  messages: readonly LocatedMessage[],
  limit: number,
  limitBytes: number,
): readonly LocatedMessage[] {
  let bytes = 0;
  const end = messages.findIndex((message, i) => {
    bytes += utf8Length(JSON.stringify(message));
    return i > 0 && (i >= limit || bytes > limitBytes);
  });
  return end < 0 ? messages : messages.slice(0, end);
}
