// Messages of entries, their order, and how many fit a reply: shared by subscribe, sync, history and fan-out.
import { type LocatedMessage, type MessagesPush, type Position, utf8Length } from '../../../protocol';
import type { Entry, LogKey, LogStore } from './log-store';

/** Most bytes of messages in one reply, as JSON. API Gateway's limit for a message is 128 KB. */
export const MAX_REPLY_BYTES = 96 * 1024;

/** An entry's messages as replies carry them. A message of another sender than the entry's has a `from` of its own. */
export function locate(entry: Entry, origin: string): readonly LocatedMessage[] {
  const { epoch, ts, from } = entry;
  return entry.messages.map((message, i) => ({ seq: entry.seq + i, ts, from, ...message, origin, epoch }));
}

/** The push of an entry. */
export function pushOf({ channel, origin }: LogKey, entry: Entry): MessagesPush {
  return {
    push: 'messages',
    channel,
    origin,
    epoch: entry.epoch,
    messages: locate(entry, origin).map(({ seq, id, ts, from, data, enc }) => ({ seq, id, ts, from, data, enc })),
  };
}

/** The position of an entry's last message. */
export function lastOf(entry: Entry): Position {
  return { epoch: entry.epoch, seq: entry.seq + entry.messages.length - 1 };
}

/** Bytes of an entry's messages as JSON: a lower bound of what they take in a reply. */
export function sizeOf(entry: Entry): number {
  return utf8Length(JSON.stringify(entry.messages));
}

/** Whether a read that returned these entries may have stopped at its limits, before the log's end. */
export function mayHaveMore(entries: readonly Entry[], limit: number, bytes: number): boolean {
  return entries.length >= limit || entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= bytes;
}

/** The entries after a position. The first may be the entry that holds the position. */
export async function readAfter(
  store: LogStore,
  key: LogKey,
  { position, limit, bytes }: { readonly position: Position; readonly limit: number; readonly bytes: number },
): Promise<{ readonly entries: readonly Entry[]; readonly more: boolean }> {
  // Without an epoch, the client has seen nothing: the read begins with the log.
  const next = position.epoch === '' ? undefined : { epoch: position.epoch, seq: position.seq + 1 };
  const [holder, entries] = await Promise.all([
    // The holder may start up to a batch earlier. A read backwards finds it with one entry.
    next === undefined ? [] : store.before(key, next, 1),
    store.from(key, next, limit, bytes),
  ]);
  return { entries: [...holder, ...entries], more: mayHaveMore(entries, limit, bytes) };
}

/** The order of messages across origins, the same for all readers: (ts, origin, seq); within an origin, log order. */
export function byTime(a: LocatedMessage, b: LocatedMessage): number {
  if (a.origin === b.origin) return a.epoch === b.epoch ? a.seq - b.seq : compare(a.epoch, b.epoch);
  return a.ts - b.ts || compare(a.origin, b.origin);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first messages within both limits; at least one, so that paging advances. */
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
