// Where a log ends, in time and in place: what counts as gone, and where one stands who wants nothing of the past.
import { EPOCH_END, type Position } from '../../../protocol';
import { DELETE_GRACE, isYoung } from './append';
import { lastOf } from './message-pages';
import type { Entry, LogHeader, LogKey, LogStore } from './log-store';

/** What a read of the log needs to know of the moment and of the channel's namespace. */
export interface ReadContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds. */
  readonly retention: number;
}

/** The same for the log of one origin. */
export interface LogContext extends ReadContext {
  /** Whether the log is this region's own: then reads are exact, and nothing can be on its way. */
  readonly isOwn: boolean;
}

/** Whether an entry that is deleted after this counts as gone, whenever the database gets to it. */
export function hasExpired(deleteAfter: number, now: number): boolean {
  return now >= deleteAfter - DELETE_GRACE;
}

/**
 * Whether the log ends with an entry that nothing follows here. Once it may be deleted, what was later may be deleted already:
 * the database deletes in no order. Elsewhere, what is later may also be on its way, which must not be passed over; so there
 * the entry counts for as long as it stands.
 */
export function isLast({ deleteAfter }: Entry, { isOwn, now }: Pick<LogContext, 'isOwn' | 'now'>): boolean {
  return !isOwn || now < deleteAfter;
}

/** The position of a client that wants messages from now on. */
export async function head(store: LogStore, key: LogKey, { isOwn, now, retention }: LogContext): Promise<Position> {
  const newest = await store.newest(key);
  if (newest !== undefined && isLast(newest, { isOwn, now })) return lastOf(newest);
  const end = endOf(await store.header(key), { isOwn, now, retention });
  // Nobody appends to an epoch whose newest entry may be deleted.
  return newest === undefined || end.epoch > newest.epoch ? end : { epoch: newest.epoch, seq: EPOCH_END };
}

/** Where a log without entries stands: not begun, begun, or ended. */
export function endOf(header: LogHeader | undefined, { isOwn, now, retention }: LogContext): Position {
  if (header === undefined) return { epoch: '', seq: 0 };
  // Elsewhere, what this region does not have is only gone once the database may have deleted it.
  const hasEnded = isOwn ? !isYoung(header, now) : now >= header.ts + retention + DELETE_GRACE;
  return { epoch: header.epoch, seq: hasEnded ? EPOCH_END : 0 };
}
