// The server is the only judge of whether a client missed anything: docs/decisions/0007.
import { EPOCH_END, isAfter, type LocatedMessage, type Position, utf8Length, type Verdict } from '../../../protocol';
import { endOf, hasExpired, isLast, type LogContext } from '../log/retention';
import { DELETE_GRACE, headerIsGone, isYoung } from '../log/append';
import { lastOf, locate, readOn } from '../log/message-pages';
import type { Entry, LogHeader, LogKey, LogStore } from '../log/log-store';
import { endOfExpired } from '../log/find-by-time';

/** What one origin's log has for a client that has seen everything up to a position. */
export interface Resumed {
  readonly verdict: Verdict;
  readonly messages: readonly LocatedMessage[];
  /** Where the client stands after `messages`. */
  readonly position: Position;
  readonly more: boolean;
}

export interface ResumeRequest extends LogContext {
  readonly key: LogKey;
  readonly position: Position;
  /** Most messages. */
  readonly limit: number;
  /** Most bytes of messages. */
  readonly bytes: number;
}

/** Reads on from a position and judges whether what is there continues it without a hole. */
export async function resume(store: LogStore, request: ResumeRequest): Promise<Resumed> {
  const { key, position, now, limit, bytes } = request;
  // Seeing the entry that holds the position also proves that the position is the log's end when nothing follows: isLast.
  const { entries, more } = await readOn(store, key, position, limit, bytes);
  const later = entries.filter((entry) => isAfter(lastOf(entry), position));
  const newest = later.at(-1);
  if (newest === undefined) return judgeSilence(store, request, entries);
  // What stands before an expired entry is older, however long it was meant to stay.
  const cut = later.findLastIndex((entry) => hasExpired(entry.deleteAfter, now)) + 1;
  const live = later.slice(cut);
  const gone = later[cut - 1];
  const [first] = live;
  if (first === undefined || (gone !== undefined && isBehindHole(request, lastOf(gone), first))) {
    const upTo = lastOf(gone ?? newest);
    // What has expired may stay in the table for long, and be many reads: to its end at once.
    const end = first === undefined && more ? await endOfExpired(store, key, request) : undefined;
    const at = end !== undefined && isAfter(end, upTo) ? end : upTo;
    // Up to here it is gone; of what follows, the next question tells.
    return { verdict: lossOf(position, at), messages: [], position: at, more: true };
  }
  if (gone === undefined && isBehindHole(request, position, first)) {
    return { verdict: 'pending', messages: [], position, more: false };
  }
  const verdict = await judgeStart(store, request, first, gone !== undefined);
  if (verdict === 'pending') return { verdict, messages: [], position, more: false };
  const taken = take(live, { ...request, more });
  if (verdict === 'complete') return taken;
  // The loss is told first; the next question tells of what is on its way.
  return { ...taken, verdict, more: taken.more || taken.verdict === 'pending' };
}

/** Whether something between a place and the next entry that is here is still on its way. */
function isBehindHole({ isOwn, now }: ResumeRequest, after: Position, next: Entry): boolean {
  // Before the first entry of an epoch, only an ended one can have anything.
  const joins = next.seq <= (next.epoch === after.epoch ? after.seq + 1 : 1);
  return !isOwn && !joins && !hasExpired(next.previousDeleteAfter, now);
}

/** Nothing follows the position: is that because nothing was written, or because it is gone? */
async function judgeSilence(store: LogStore, request: ResumeRequest, entries: readonly Entry[]): Promise<Resumed> {
  const { key, position, now, retention } = request;
  const quiet = (verdict: Verdict, at: Position): Resumed => ({ verdict, messages: [], position: at, more: false });
  const last = entries.find((entry) => lastOf(entry).epoch === position.epoch && lastOf(entry).seq === position.seq);
  if (last !== undefined && isLast(last, request)) return quiet('complete', position);
  if (!request.isOwn && (await isOnItsWay(store, request))) return quiet('pending', position);
  const header = await store.header(key);
  const at = endOf(header, request);
  if (header === undefined) {
    // Of a log that is forgotten, what the database has not got to yet is all that is known.
    if (last !== undefined) return quiet('complete', position);
    return quiet(position.epoch === '' ? 'complete' : 'expired', at);
  }
  // Elsewhere, nothing is gone before its retention is over, however little of it has come.
  const fresh = isYoung(header, now) || (!request.isOwn && now < header.ts + retention);
  if (header.epoch === position.epoch) {
    // An epoch that has ended was told of once; where nothing can have expired, nothing was missed.
    const isKnown = position.seq === EPOCH_END || (position.seq === 0 && at.seq === 0);
    return isKnown ? quiet('complete', position) : quiet('expired', at);
  }
  if (position.epoch === '') return quiet(header.previous === undefined && fresh ? 'complete' : 'expired', at);
  return quiet(follows(header, position) && fresh ? 'complete' : 'reset', at);
}

/** Whether an epoch begins right where a position stands: at the end of the one before. */
function follows({ previous }: LogHeader, { epoch, seq }: Position): boolean {
  return previous === epoch && seq === EPOCH_END;
}

/** Whether a position of another region's log, of which this region does not know yet, can still arrive. */
async function isOnItsWay(store: LogStore, { key, position, now, retention }: ResumeRequest): Promise<boolean> {
  if (position.epoch === '') return false;
  const newest = await store.newest(key);
  if (newest !== undefined) {
    // What was not there a moment ago, when the position was looked for, has just come.
    if (!isAfter(position, lastOf(newest))) return true;
    // What is later than something that the database may not delete yet is not deleted either.
    if (now < newest.deleteAfter) return true;
  }
  const header = await store.header(key);
  if (header === undefined || position.epoch > header.epoch) return !headerIsGone(position.epoch, now, retention);
  if (header.epoch !== position.epoch || position.seq === 0 || position.seq === EPOCH_END) return false;
  // In an epoch of which nothing can have been deleted yet, what is not here is on its way.
  return now < header.ts + retention + DELETE_GRACE;
}

/** Whether the first entry after the position joins it; if not, why. */
async function judgeStart(
  store: LogStore,
  { key, position, isOwn, now, retention }: ResumeRequest,
  first: Entry,
  isCut: boolean,
): Promise<Verdict> {
  const changes = position.epoch !== '' && first.epoch !== position.epoch;
  if (changes) {
    const header = position.seq === EPOCH_END ? await store.header(key) : undefined;
    if (header?.epoch !== first.epoch || !follows(header, position)) {
      // Elsewhere, the header that tells may come after the epoch's entries.
      const isBehind = position.seq === EPOCH_END && (header === undefined || header.epoch < first.epoch);
      return !isOwn && isBehind && !headerIsGone(first.epoch, now, retention) ? 'pending' : 'reset';
    }
  }
  if (isCut) return 'expired';
  if (first.seq > (changes ? 1 : position.seq + 1)) return 'expired';
  // A client that saw the channel before it had a log: only the log's first epoch continues that.
  if (position.epoch === '' && first.previousDeleteAfter > 0) return 'reset';
  return 'complete';
}

/** What is gone when nothing that follows the position is left. */
function lossOf(position: Position, upTo: Position): Verdict {
  return position.epoch !== '' && upTo.epoch !== position.epoch ? 'reset' : 'expired';
}

/** The contiguous run of messages from the first entry on, up to the limits. */
function take(entries: readonly Entry[], request: ResumeRequest & { more: boolean }): Resumed {
  const { key, limit, bytes } = request;
  const messages: LocatedMessage[] = [];
  let { position } = request;
  let size = 0;
  const end = (verdict: Verdict, more: boolean): Resumed => ({ verdict, messages, position, more });
  for (const [i, entry] of entries.entries()) {
    const fresh = locate(entry, key.origin).filter((message) => isAfter(message, position));
    if (i > 0) {
      if (entry.epoch === position.epoch && entry.seq > position.seq + 1) {
        // The rest stands behind a hole: it is on its way, or the next question will tell that it is gone.
        return isBehindHole(request, position, entry) ? end('pending', false) : end('complete', true);
      }
      if (entry.epoch !== position.epoch) return end('complete', true);
    }
    size += fresh.reduce((sum, message) => sum + utf8Length(JSON.stringify(message)), 0);
    if (messages.length > 0 && (messages.length + fresh.length > limit || size > bytes)) return end('complete', true);
    messages.push(...fresh);
    position = lastOf(entry);
  }
  return end('complete', request.more);
}
