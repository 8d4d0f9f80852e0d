// The server alone judges whether a client missed messages (docs/decisions/0007): here it finds out what the log has after the
// client's position; the table in ../log/verdict.ts holds the verdicts.
import { EPOCH_END, isAfter, type LocatedMessage, type Position, utf8Length, type Verdict } from '../../../protocol';
import { DELETE_GRACE, isIntact, mayHaveLostHeader, retentionOf } from '../log/epochs';
import { endOfExpired } from '../log/find-by-time';
import { isHoleBefore } from '../log/holes';
import type { Entry, LogHeader, LogKey, LogStore } from '../log/log-store';
import { lastOf, locate, readAfter } from '../log/message-pages';
import { endOfEmptyLog, isExpiredFor, isLast, type LogContext } from '../log/retention';
import {
  type ClientPosition,
  type Found,
  type HeadersByFinding,
  RUN_ENDS,
  type RunEnd,
  rulingOn,
} from '../log/verdict';

/** What one origin's log has for a client that has seen everything up to a position. */
export interface Resumed {
  readonly verdict: Verdict;
  readonly messages: readonly LocatedMessage[];
  /** The client's position after `messages`. */
  readonly position: Position;
  /** Whether the client should ask again from `position`. */
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

/** A request, and the log that answers it. */
interface Reading {
  readonly store: LogStore;
  readonly request: ResumeRequest;
  readonly position: ClientPosition;
}

/** What the log has after a position. */
interface Situation {
  readonly found: Found;
  /** Where the cursor moves to when there are no messages to return. @default - the position */
  readonly end?: Position;
  /** The entries that have not expired. @default - none */
  readonly live?: readonly Entry[];
  /** Whether the read was cut short by its limits. @default false */
  readonly more?: boolean;
}

/** Reads the log from a position on, and judges whether the messages there continue it without a hole. */
export async function resume(store: LogStore, request: ResumeRequest): Promise<Resumed> {
  const position = classify(request.position);
  const situation = await examine({ store, request, position });
  const { verdict, cursor } = rulingOn(situation.found, position.kind);
  const end = situation.end ?? request.position;
  switch (cursor) {
    case 'stay':
      return { verdict, messages: [], position: request.position, more: false };
    case 'end':
      return { verdict, messages: [], position: end, more: false };
    case 'pastExpired':
      return { verdict, messages: [], position: end, more: true };
    case 'messages': {
      const run = takeRun(situation.live ?? [], request, situation.more === true);
      // A loss is reported first. The next request reports messages that are still replicating.
      return verdict === 'complete' ? run : { ...run, verdict, more: run.more || run.verdict === 'pending' };
    }
  }
}

function classify({ epoch, seq }: Position): ClientPosition {
  if (epoch === '') return { kind: 'neverBegun', epoch };
  if (seq === EPOCH_END) return { kind: 'ended', epoch };
  return { kind: seq === 0 ? 'epochStart' : 'at', epoch };
}

async function examine(reading: Reading): Promise<Situation> {
  const { store, request, position } = reading;
  const { key } = request;
  const { entries, more } = await readAfter(store, key, request);
  const later = entries.filter((entry) => isAfter(lastOf(entry), request.position));
  const newest = later.at(-1);
  if (newest === undefined) return examineEmpty(reading, entries);

  // Entries before an expired one are older, so they count as expired too, whatever their retention was.
  const cut = later.findLastIndex((entry) => isExpiredFor(entry, request)) + 1;
  const live = later.slice(cut);
  const expired = later[cut - 1];
  const [first] = live;
  if (first === undefined || (expired !== undefined && isHoleBefore(first, lastOf(expired), request))) {
    const upTo = lastOf(expired ?? newest);
    // Expired entries may stay in the table for long and fill many reads, so the cursor skips all of them at once.
    const last = first === undefined && more ? await endOfExpired(store, key, request) : undefined;
    const end = last !== undefined && isAfter(last, upTo) ? last : upTo;
    const finding = end.epoch === position.epoch ? 'expiredInEpoch' : 'expiredInLaterEpoch';
    return { found: { finding, header: 'unread' }, end };
  }
  if (expired === undefined && isHoleBefore(first, request.position, request)) {
    return { found: { finding: 'hole', header: 'unread' } };
  }
  const isSameEpoch = first.epoch === position.epoch;
  const isGap = expired !== undefined || first.seq > (isSameEpoch ? request.position.seq + 1 : 1);
  const found: Found = isSameEpoch
    ? { finding: isGap ? 'gap' : 'joins', header: 'unread' }
    : {
        finding: isGap ? 'gapInLaterEpoch' : 'laterEpoch',
        header: await relationToEpochOf(first, reading),
      };
  return { found, live, more };
}

/** How the epoch of the first live entry relates to the position's, which is an older one. */
async function relationToEpochOf(
  first: Entry,
  { store, request: { key, isOwn, now }, position }: Reading,
): Promise<HeadersByFinding['laterEpoch']> {
  // The entry itself tells whether its epoch is the log's first.
  if (position.kind === 'neverBegun') return first.previousDeleteAfter > 0 ? 'other' : 'first';
  if (position.kind !== 'ended') return 'unread';
  const header = await store.header(key);
  if (header?.epoch === first.epoch && header.previous === position.epoch) return 'next';
  // In another region, a header may replicate after the entries of its epoch.
  const isBehind = header === undefined || header.epoch < first.epoch;
  return !isOwn && isBehind && !mayHaveLostHeader(first.epoch, now) ? 'behind' : 'other';
}

/** No entry follows the position: because none was written, because all are gone, or because they are replicating. */
async function examineEmpty(reading: Reading, entries: readonly Entry[]): Promise<Situation> {
  const { store, request, position } = reading;
  const { key, isOwn } = request;
  const { epoch, seq } = request.position;
  const holder = entries.find((entry) => lastOf(entry).epoch === epoch && lastOf(entry).seq === seq);
  if (holder !== undefined && holder.isClosed !== true && isLast(holder, request)) {
    return { found: { finding: 'holderIsLast', header: 'unread' } };
  }
  const [newest, header] = await Promise.all([holder ?? store.newest(key), store.header(key)]);
  if (!isOwn && isReplicating(reading, newest, header)) return { found: { finding: 'replicating', header: 'unread' } };
  if (isOwn && isAhead(reading, newest, header)) {
    return { found: { finding: 'ahead', header: 'unread' }, end: lastOf(newest as Entry) };
  }
  const relation = relationOf(header, reading);
  // Without a header, all that is known is that the position's epoch is over.
  const isForgotten = relation === 'absent' && position.kind !== 'neverBegun';
  const end = isForgotten ? { epoch, seq: EPOCH_END } : endOfEmptyLog(header, request);
  return { found: { finding: 'nothing', header: relation }, end };
}

/** How the header of a log without later entries relates to the position. */
function relationOf(header: LogHeader | undefined, { request, position }: Reading): HeadersByFinding['nothing'] {
  const { isOwn, now } = request;
  if (header === undefined) {
    return position.kind === 'neverBegun' || mayHaveLostHeader(position.epoch, now) ? 'absent' : 'missing';
  }
  if (header.epoch === position.epoch) return endOfEmptyLog(header, request).seq === EPOCH_END ? 'ended' : 'open';
  // In another region, no entry is gone before its retention is over, however little of the log has replicated.
  const isWhole = isIntact(header, now) || (!isOwn && now < header.ts + retentionOf(header));
  if (!isWhole) return 'other';
  if (header.previous === undefined) return 'first';
  return header.previous === position.epoch ? 'next' : 'other';
}

/**
 * Whether the position is beyond the end of this region's own log, whose newest entry proves where that is. Positions come from
 * entries that were stored, so the table was restored, or entries were deleted by hand.
 */
function isAhead({ request, position }: Reading, newest: Entry | undefined, header: LogHeader | undefined): boolean {
  if (position.kind === 'neverBegun' || newest === undefined || !isLast(newest, request)) return false;
  if (!isAfter(request.position, lastOf(newest))) return false;
  // A header of a later epoch than the newest entry's leads to that epoch.
  return header === undefined || header.epoch <= newest.epoch;
}

/** Whether the position in another region's log, which this region does not have, can still replicate to it. */
function isReplicating(
  { request, position }: Reading,
  newest: Entry | undefined,
  header: LogHeader | undefined,
): boolean {
  const { now } = request;
  if (position.kind === 'neverBegun') return false;
  if (newest?.isClosed === true) {
    // The epoch is over. The header of the next one may replicate later.
    if (position.epoch <= newest.epoch) return header === undefined || header.epoch <= newest.epoch;
  } else if (newest !== undefined) {
    // The position was missing a moment ago, and has arrived since.
    if (!isAfter(request.position, lastOf(newest))) return true;
    // Entries after one that the database may not delete yet are not deleted either.
    if (now < newest.deleteAfter) return true;
  }
  if (header === undefined || position.epoch > header.epoch) return !mayHaveLostHeader(position.epoch, now);
  if (header.epoch !== position.epoch || position.kind !== 'at') return false;
  // Nothing of the epoch can have been deleted yet, so a missing entry is replicating.
  return now < header.ts + retentionOf(header) + DELETE_GRACE;
}

/** The contiguous run of messages from the first entry on, up to the limits. */
function takeRun(entries: readonly Entry[], request: ResumeRequest, isCutShort: boolean): Resumed {
  const { key, limit, bytes } = request;
  const messages: LocatedMessage[] = [];
  let { position } = request;
  let size = 0;
  const end = (reason: RunEnd): Resumed => {
    const { verdict, more } = RUN_ENDS[reason];
    return { verdict, messages, position, more: more === 'read' ? isCutShort : more };
  };
  for (const [i, entry] of entries.entries()) {
    if (i > 0) {
      if (entry.epoch !== position.epoch) return end('laterEpoch');
      if (entry.seq > position.seq + 1) return end(isHoleBefore(entry, position, request) ? 'hole' : 'gap');
    }
    const following = locate(entry, key.origin).filter((message) => isAfter(message, position));
    size += following.reduce((sum, message) => sum + utf8Length(JSON.stringify(message)), 0);
    if (messages.length > 0 && (messages.length + following.length > limit || size > bytes)) return end('limit');
    messages.push(...following);
    position = lastOf(entry);
  }
  return end('read');
}
