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
import { openingOf } from '../log/epochs';
import { isHoleBefore } from '../log/holes';
import { isExpiredFor, type LogContext, type ReadContext } from '../log/retention';
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
  /** Why it ends: the log or the requested time ends, the page is full, or the next message is still replicating. */
  readonly end: 'log' | 'limit' | 'hole';
  /** Whether messages since the page before have expired. */
  readonly hasLost: boolean;
}

/**
 * One page of a channel's history. For every origin, the next page begins where this one ends, so new messages don't shift it.
 * A page ends before the first message that is still replicating to this region (docs/decisions/0019).
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
  const judged = judge(parts, messages);
  if (parts.every(({ end }) => end === 'log') && messages.length === candidates.length) return { messages, ...judged };
  const next: Record<string, Position> = {
    ...page,
    ...Object.fromEntries(parts.map(({ origin, start }) => [origin, start])),
  };
  for (const { origin, epoch, seq } of messages) next[origin] = { epoch, seq };
  return { messages, next: encodeCursor(next), ...judged };
}

/** The verdict on a page, and the origins with missing messages. A loss is reported first: later pages report what is replicating. */
function judge(
  parts: readonly Part[],
  messages: readonly LocatedMessage[],
): Required<Pick<HistoryOk, 'verdict'>> & Pick<HistoryOk, 'origins'> {
  const originsOf = (some: readonly Part[]): readonly string[] => some.map(({ origin }) => origin);
  const lost = parts.filter(({ hasLost }) => hasLost);
  if (lost.length > 0) return { verdict: 'expired', origins: originsOf(lost) };
  // A page that is full before it reaches the hole can be followed at once.
  const taken = new Set(messages);
  const waiting = parts.filter((part) => part.end === 'hole' && part.messages.every((message) => taken.has(message)));
  return waiting.length > 0 ? { verdict: 'pending', origins: originsOf(waiting) } : { verdict: 'complete' };
}

/**
 * Messages up to the first end of a part whose log goes on: its next messages may come before those that other parts have
 * beyond. When such a part has no messages, the page is empty, and the next page continues from where this one stopped.
 */
function inOrder(candidates: readonly LocatedMessage[], parts: readonly Part[]): readonly LocatedMessage[] {
  const ends = parts.flatMap(({ end, messages }) => {
    if (end === 'log') return [];
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
  if (start.epoch === '') return { origin, start, messages: [], end: 'log', hasLost: false };
  const [entries, above] = await Promise.all([
    logs.before(key, start, limit, MAX_REPLY_BYTES),
    context.isOwn ? undefined : entryFrom(logs, key, start),
  ]);
  const more = mayHaveMore(entries, limit, MAX_REPLY_BYTES);
  const hole = findHole(entries, { start, above, more, context });
  const here = hole < 0 ? entries : entries.slice(0, hole);
  const past = here.findIndex((entry) => isExpiredFor(entry, context) || entry.ts < since);
  const live = past < 0 ? here : here.slice(0, past);
  const messages = live
    .flatMap((entry) => locate(entry, origin))
    .filter((one) => isAfter(start, one))
    .sort((a, b) => byTime(b, a));
  // Entries are newest first, so all entries after one that has expired or is too old are too.
  const beyond = hole >= 0 ? 'hole' : more ? 'limit' : 'log';
  return { origin, start, messages, end: past < 0 ? beyond : 'log', hasLost: false };
}

/** The first entry of the epoch from a place on, if it is here. */
async function entryFrom(logs: LogStore, key: LogKey, { epoch, seq }: Position): Promise<Entry | undefined> {
  const [entry] = await logs.from(key, { epoch, seq }, 1);
  return entry?.epoch === epoch ? entry : undefined;
}

interface Surroundings {
  /** The page has messages before this. Another region may have told the reader about it. */
  readonly start: Position;
  /** The first entry from the start on. @default - it is not here, or nothing is ever late here */
  readonly above: Entry | undefined;
  /** Whether the log may have more entries below. */
  readonly more: boolean;
  readonly context: LogContext;
}

/** How many entries, newest first, come before one that is still replicating; -1 if none is. */
function findHole(entries: readonly Entry[], surroundings: Surroundings): number {
  const { more, context } = surroundings;
  const isHoleAt = (i: number): boolean => {
    if (i === 0) return isHoleAtStart(entries[0], surroundings);
    const next = entries[i - 1];
    const previous = entries[i];
    if (next === undefined || (previous === undefined && more)) return false;
    return isHoleBefore(next, previous === undefined ? { epoch: next.epoch, seq: 0 } : lastOf(previous), context);
  };
  return Array.from({ length: entries.length + 1 }, (_, i) => i).findIndex(isHoleAt);
}

/** Whether messages right before the start are still replicating. */
function isHoleAtStart(newest: Entry | undefined, { start, above, context }: Surroundings): boolean {
  const { epoch, seq } = start;
  const reached = newest?.epoch === epoch ? lastOf(newest) : { epoch, seq: 0 };
  if (context.isOwn || seq === EPOCH_END || reached.seq + 1 >= seq) return false;
  if (above !== undefined) return isHoleBefore(above, reached, context);
  // The start is not here. Later messages don't expire before earlier ones, and none before the retention after its epoch opened.
  if (reached.seq > 0) return newest !== undefined && !isExpiredFor(newest, context);
  return context.now < openingOf(epoch) + context.retention;
}

/** The place after the last message of the requested time. */
async function placeAfterLast(logs: LogStore, { key, until, context }: PartRequest): Promise<Position> {
  if (until !== undefined) {
    const place = await positionBefore(logs, key, { ...context, time: until });
    if (place.seq === EPOCH_END) return place;
    const after = { ...place, seq: place.seq + 1 };
    if (context.isOwn) return after;
    // Messages before the first one that is later may be of the requested time, and replicating.
    const [later] = await logs.from(key, after, 1);
    return later?.epoch === after.epoch ? { ...after, seq: later.seq } : after;
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
  if (more && wantedOf(entries, request).length === 0) {
    // Expired entries may stay in the table for long and fill many pages, so the page skips all of them at once.
    start = later(lastOf(entries.at(-1) as Entry), await positionBefore(logs, key, { ...context, time: since }));
    ({ entries, more } = await readAfter(logs, key, { position: start, limit, bytes: MAX_REPLY_BYTES }));
  }
  const wanted = wantedOf(entries, request);
  const passed = entries[entries.length - wanted.length - 1];
  // The next page need not read again the entries that this page has passed.
  if (passed !== undefined) start = later(start, lastOf(passed));
  const hole = wanted.findIndex((entry, i) => isHoleBefore(entry, lastOrStart(wanted[i - 1], start), context));
  const run = hole < 0 ? wanted : wanted.slice(0, hole);
  const inTime = run.filter(({ ts }) => ts < until);
  const messages = inTime.flatMap((entry) => locate(entry, origin)).filter((one) => isAfter(one, start));
  const beyond = hole >= 0 ? 'hole' : more ? 'limit' : 'log';
  const end = inTime.length < run.length ? 'log' : beyond;
  return { origin, start, messages, end, hasLost: hasLost({ at: request.at, passed, next: wanted[0], hole, context }) };
}

function lastOrStart(entry: Entry | undefined, start: Position): Position {
  return entry === undefined ? start : lastOf(entry);
}

interface Continuation {
  /** Where the page before ended. @default - this is the first page */
  readonly at: Position | undefined;
  /** The last entry that has expired. */
  readonly passed: Entry | undefined;
  /** The first entry that has not. */
  readonly next: Entry | undefined;
  /** The number of entries before the first that is still replicating; -1 if none is. */
  readonly hole: number;
  readonly context: LogContext;
}

/** Whether messages after the page before have expired. An epoch that has ended loses nothing more. */
function hasLost({ at, passed, next, hole, context }: Continuation): boolean {
  if (at === undefined) return false;
  if (passed !== undefined && isAfter(lastOf(passed), at)) return isExpiredFor(passed, context);
  if (next === undefined || hole === 0) return false;
  const isSameEpoch = next.epoch === at.epoch || at.epoch === '' || at.seq === EPOCH_END;
  return !isSameEpoch || next.seq > (next.epoch === at.epoch ? at.seq + 1 : 1);
}

/**
 * The entries that have not expired and are of the requested time or later. Entries before an expired one are older, so they
 * count as expired, whatever their retention.
 */
function wantedOf(entries: readonly Entry[], { since = 0, context }: PartRequest): readonly Entry[] {
  return entries.slice(entries.findLastIndex((entry) => entry.ts < since || isExpiredFor(entry, context)) + 1);
}

function later(a: Position, b: Position): Position {
  return isAfter(b, a) ? b : a;
}
