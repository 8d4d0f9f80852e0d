// What subscribe, sync and history have in common: messages out of entries, their order, and what fits a reply.
import { type LocatedMessage, type Position, utf8Length } from '../../protocol';
import type { Entry } from './ports';

/** Most bytes of messages in one reply, as JSON; API Gateway carries 128 KB. */
export const MAX_REPLY_BYTES = 96 * 1024;

/** An entry's messages as replies carry them; a message of another sender than the first names him itself. */
export function locate(entry: Entry, origin: string): readonly LocatedMessage[] {
  const { epoch, ts, from } = entry;
  return entry.messages.map((message, i) => ({ seq: entry.seq + i, ts, from, ...message, origin, epoch }));
}

/** The place of an entry's last message. */
export function lastOf(entry: Entry): Position {
  return { epoch: entry.epoch, seq: entry.seq + entry.messages.length - 1 };
}

/** Whether a place comes after another in one log. */
export function isAfter(place: Position, position: Position): boolean {
  return place.epoch === position.epoch ? place.seq > position.seq : place.epoch > position.epoch;
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
