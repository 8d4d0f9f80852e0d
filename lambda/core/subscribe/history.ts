import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  EPOCH_END,
  type HistoryOk,
  type HistoryRequest,
  isAfter,
  type LocatedMessage,
  type Position,
} from '../../../protocol';
import { byTime, fitting, lastOf, locate, MAX_REPLY_BYTES, mayHaveMore, readAfter } from '../log/message-pages';
import type { Entry, LogKey, LogStore } from '../log/log-store';
import { hasExpired, type LogContext, type ReadContext } from '../log/retention';
import { positionBefore } from '../log/find-by-time';
import type { LogDeps } from './subscribe';

/** Messages of a page when the request has no limit. */
export const DEFAULT_LIMIT = 50;

/** One origin's part of a page: its messages from a place on, in the requested direction. */
interface Part {
  readonly origin: string;
  /** Where this page begins. The next page begins here too if this page takes none of the messages. */
  readonly start: Position;
  readonly messages: readonly LocatedMessage[];
  /** Whether the log has no messages beyond these. */
  readonly atEnd: boolean;
}

/**
 * One page of a channel's history. For every origin, the next page begins where this one ends, so new messages don't shift it.
 */
export async function history(
  { logs, origin: own, origins }: LogDeps,
  request: HistoryRequest,
  context: ReadContext,
): Promise<HistoryOk> {
  const limit = request.limit ?? DEFAULT_LIMIT;
  const page: Cursor = request.page === undefined ? {} : decodeCursor(request.page);
  const forwards = request.direction === 'forwards';
  const read = forwards ? partForwards : partBackwards;
  const parts = await Promise.all(
    origins.map((origin) =>
      read(logs, {
        ...request,
        key: { channel: request.channel, origin },
        at: page[origin],
        limit,
        context: { ...context, isOwn: origin === own },
      }),
    ),
  );
  const candidates = parts.flatMap((part) => part.messages).sort(forwards ? byTime : (a, b) => byTime(b, a));
  const messages = fitting(inOrder(candidates, parts), limit, MAX_REPLY_BYTES);
  if (parts.every(({ atEnd }) => atEnd) && messages.length === candidates.length) return { messages };
  const next: Record<string, Position> = {
    ...page,
    ...Object.fromEntries(parts.map(({ origin, start }) => [origin, start])),
  };
  for (const { origin, epoch, seq } of messages) next[origin] = { epoch, seq };
  return { messages, next: encodeCursor(next) };
}

/**
 * Messages up to the first end of a part whose log goes on: its next messages may come before those that other parts have
 * beyond. When such a part has no messages, the page is empty, and the next page continues from where this one stopped.
 */
function inOrder(candidates: readonly LocatedMessage[], parts: readonly Part[]): readonly LocatedMessage[] {
  const ends = parts.flatMap(({ atEnd, messages }) => {
    if (atEnd) return [];
    const last = messages.at(-1);
    return [last === undefined ? 0 : candidates.indexOf(last) + 1];
  });
  return candidates.slice(0, Math.min(candidates.length, ...ends));
}

interface PartRequest {
  readonly key: LogKey;
  /** Where the page before ended. @default - this is the first page */
  readonly at: Position | undefined;
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  readonly context: LogContext;
}

/** Messages before a place, newest first. */
async function partBackwards(logs: LogStore, request: PartRequest): Promise<Part> {
  const { key, since = 0, limit, context } = request;
  const { origin } = key;
  const start = request.at ?? (await placeAfterLast(logs, request));
  if (start.seq <= 1) return { origin, start, messages: [], atEnd: true };
  const entries = await logs.before(key, start, limit, MAX_REPLY_BYTES);
  const more = mayHaveMore(entries, limit, MAX_REPLY_BYTES);
  const end = entries.findIndex(({ deleteAfter, ts }) => hasExpired(deleteAfter, context.now) || ts < since);
  const live = end < 0 ? entries : entries.slice(0, end);
  const messages = live
    .flatMap((entry) => locate(entry, origin))
    .filter((one) => isAfter(start, one))
    .sort((a, b) => byTime(b, a));
  // Entries are newest first, so all entries after one that has expired or is too old are too.
  return { origin, start, messages, atEnd: !more || live.length < entries.length };
}

/** The place after the last message of the requested time. */
async function placeAfterLast(logs: LogStore, { key, until, context }: PartRequest): Promise<Position> {
  if (until !== undefined) {
    const place = await positionBefore(logs, key, { ...context, time: until });
    return place.seq === EPOCH_END ? place : { ...place, seq: place.seq + 1 };
  }
  const newest = await logs.newest(key);
  if (newest === undefined) return { epoch: '', seq: 0 };
  const { epoch, seq } = lastOf(newest);
  return { epoch, seq: seq + 1 };
}

/** Messages after a place, oldest first. */
async function partForwards(logs: LogStore, request: PartRequest): Promise<Part> {
  const { key, since = 0, until = Number.POSITIVE_INFINITY, limit, context } = request;
  const { origin } = key;
  let start = request.at ?? (await positionBefore(logs, key, { ...context, time: since }));
  let { entries, more } = await readAfter(logs, key, { position: start, limit, bytes: MAX_REPLY_BYTES });
  if (more && liveOf(entries, context).length === 0) {
    // Expired entries may stay in the table for long and fill many pages, so the page skips all of them at once.
    start = later(lastOf(entries.at(-1) as Entry), await positionBefore(logs, key, { ...context, time: since }));
    ({ entries, more } = await readAfter(logs, key, { position: start, limit, bytes: MAX_REPLY_BYTES }));
  }
  const live = liveOf(entries, context);
  const expired = entries[entries.length - live.length - 1];
  // The next page need not read again the expired entries that this page has passed.
  if (expired !== undefined) start = later(start, lastOf(expired));
  const inTime = live.filter(({ ts }) => ts < until);
  const messages = inTime.flatMap((entry) => locate(entry, origin)).filter((one) => isAfter(one, start));
  return { origin, start, messages, atEnd: !more || inTime.length < live.length };
}

/** The entries that have not expired. Entries before an expired one are older, so they count as expired, whatever their retention. */
function liveOf(entries: readonly Entry[], { now }: LogContext): readonly Entry[] {
  return entries.slice(entries.findLastIndex(({ deleteAfter }) => hasExpired(deleteAfter, now)) + 1);
}

function later(a: Position, b: Position): Position {
  return isAfter(b, a) ? b : a;
}
