// The server is the only judge of whether a client missed anything: docs/adr/0007.
import { type LocatedMessage, MAX_BATCH, type Position, utf8Length, type Verdict } from '../../protocol';
import { DELETE_GRACE, isFresh } from './log';
import type { Entry, LogKey, LogStore } from './ports';

/** Most bytes of messages in one reply, as JSON; API Gateway carries 128 KB. */
export const MAX_REPLY_BYTES = 96 * 1024;

/** What one origin's log has for a client that has seen everything up to a position. */
export interface Resumed {
  readonly verdict: Verdict;
  readonly messages: readonly LocatedMessage[];
  /** Where the client stands after `messages`. */
  readonly position: Position;
  readonly more: boolean;
}

export interface ResumeRequest {
  readonly key: LogKey;
  readonly position: Position;
  /** Milliseconds. */
  readonly retention: number;
  readonly now: number;
  /** Most messages. */
  readonly limit: number;
  /** Most bytes of messages. */
  readonly bytes: number;
}

/** The position of a client that wants messages from now on. */
export async function head(store: LogStore, key: LogKey): Promise<Position> {
  const newest = await store.newest(key);
  if (newest !== undefined) return lastOf(newest);
  const header = await store.header(key);
  return { epoch: header?.epoch ?? '', seq: 0 };
}

/** Reads on from a position and judges whether what is there continues it without a hole. */
export async function resume(store: LogStore, request: ResumeRequest): Promise<Resumed> {
  const { key, position, now } = request;
  // The entry that holds the position itself may begin up to a batch earlier. Seeing it also proves that the position
  // is the log's end when nothing follows.
  const start =
    position.epoch === '' ? undefined : { epoch: position.epoch, seq: Math.max(1, position.seq - MAX_BATCH + 1) };
  const asked = request.limit + MAX_BATCH;
  const entries = await store.from(key, start, asked);
  const later = entries.filter((entry) => isAfter(lastOf(entry), position));
  const more = entries.length === asked;
  const first = later[0];
  if (first === undefined) return judgeSilence(store, request, entries);

  const live = later.filter(({ deleteAfter }) => now < deleteAfter - DELETE_GRACE);
  const lost = await judgeStart(store, request, live[0] ?? first, live.length > 0);
  const taken = take(live, { ...request, more });
  if (taken.last === undefined) {
    const last = later.at(-1) ?? first;
    return { verdict: lost ?? 'expired', messages: [], position: lastOf(last), more };
  }
  return { verdict: lost ?? taken.verdict, messages: taken.messages, position: taken.last, more: taken.more };
}

/** Nothing follows the position: is that because nothing was written, or because it is gone? */
async function judgeSilence(store: LogStore, request: ResumeRequest, entries: readonly Entry[]): Promise<Resumed> {
  const { key, position, now, retention } = request;
  const quiet = (verdict: Verdict, at: Position): Resumed => ({ verdict, messages: [], position: at, more: false });
  if (entries.some((entry) => lastOf(entry).epoch === position.epoch && lastOf(entry).seq === position.seq)) {
    return quiet('complete', position);
  }
  const header = await store.header(key);
  const at = { epoch: header?.epoch ?? '', seq: 0 };
  if (header === undefined) return quiet(position.epoch === '' ? 'complete' : 'expired', at);
  const fresh = isFresh(header, now, retention);
  if (header.epoch === position.epoch) return quiet(position.seq === 0 && fresh ? 'complete' : 'expired', at);
  if (position.epoch === '') return quiet(header.previous === undefined && fresh ? 'complete' : 'expired', at);
  return quiet('reset', at);
}

/** Whether the first entry after the position joins it; if not, why. */
async function judgeStart(
  store: LogStore,
  { key, position }: ResumeRequest,
  first: Entry,
  isLive: boolean,
): Promise<Verdict | undefined> {
  if (position.epoch !== '' && first.epoch !== position.epoch) return 'reset';
  if (!isLive || first.seq > position.seq + 1) return 'expired';
  // A client that saw the channel before it had a log: only the log's first epoch continues that.
  if (position.epoch === '' && (await store.header(key))?.previous !== undefined) return 'reset';
  return undefined;
}

interface Taken {
  readonly verdict: Verdict;
  readonly messages: readonly LocatedMessage[];
  readonly last?: Position;
  readonly more: boolean;
}

/** The contiguous run of messages from the first entry on, up to the limits. */
function take(entries: readonly Entry[], request: ResumeRequest & { more: boolean }): Taken {
  const { key, position, limit, bytes } = request;
  const messages: LocatedMessage[] = [];
  let last: Position | undefined;
  let size = 0;
  for (const entry of entries) {
    if (last !== undefined && entry.epoch === last.epoch && entry.seq > last.seq + 1) {
      return { verdict: 'pending', messages, last, more: false };
    }
    if (last !== undefined && entry.epoch !== last.epoch) return { verdict: 'complete', messages, last, more: true };
    const fresh = locate(entry, key.origin).filter((message) => isAfter(message, position));
    size += fresh.reduce((sum, message) => sum + utf8Length(JSON.stringify(message)), 0);
    if (messages.length > 0 && (messages.length + fresh.length > limit || size > bytes)) {
      return { verdict: 'complete', messages, ...(last === undefined ? {} : { last }), more: true };
    }
    messages.push(...fresh);
    last = lastOf(entry);
  }
  return { verdict: 'complete', messages, ...(last === undefined ? {} : { last }), more: request.more };
}

/** An entry's messages as replies carry them. */
export function locate(entry: Entry, origin: string): readonly LocatedMessage[] {
  const { epoch, ts, from } = entry;
  return entry.messages.map((message, i) => ({ seq: entry.seq + i, ts, from, ...message, origin, epoch }));
}

function lastOf(entry: Entry): Position {
  return { epoch: entry.epoch, seq: entry.seq + entry.messages.length - 1 };
}

function isAfter(place: Position, position: Position): boolean {
  return place.epoch === position.epoch ? place.seq > position.seq : place.epoch > position.epoch;
}
