// The end of a log, in time and in place: which entries have expired, and the position of a client that has seen everything.
import { EPOCH_END, type Position } from '../../../protocol';
import { DELETE_GRACE, isIntact, retentionOf } from './epochs';
import type { Entry, LogHeader, LogKey, LogStore } from './log-store';
import { lastOf } from './message-pages';

/** The time and the namespace's retention, which decide what a read may return. */
export interface ReadContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds. */
  readonly retention: number;
  /**
   * For this reader, messages before this time count as expired. Milliseconds since 1970.
   *
   * @default - the reader may read as far back as the log goes
   */
  readonly readableSince?: number;
}

/** The context of a read of one origin's log. */
export interface LogContext extends ReadContext {
  /** Whether the log is this region's own. Then reads are exact; otherwise entries may still be replicating. */
  readonly isOwn: boolean;
}

/** Whether an entry with this `deleteAfter` is past its retention, whether or not the database has deleted it. */
export function hasExpired(deleteAfter: number, now: number): boolean {
  return now >= deleteAfter - DELETE_GRACE;
}

/** Whether a reader may not have an entry: it is past its retention, or older than the reader may look back. */
export function isExpiredFor({ deleteAfter, ts }: Entry, { now, readableSince = 0 }: ReadContext): boolean {
  return hasExpired(deleteAfter, now) || ts < readableSince;
}

/**
 * Whether the newest entry of a log proves where the log ends. In the log's own region, an entry that may be deleted does not:
 * the database deletes in no order, so later entries may be deleted already. In another region, later entries may be
 * replicating too, and must not be skipped; so the entry counts as long as it exists.
 */
export function isLast({ deleteAfter }: Entry, { isOwn, now }: Pick<LogContext, 'isOwn' | 'now'>): boolean {
  return !isOwn || now < deleteAfter;
}

/** The position of a client that wants messages from now on. */
export async function endOfLog(store: LogStore, key: LogKey, context: LogContext): Promise<Position> {
  const newest = await store.newest(key);
  const isEnd = newest !== undefined && isLast(newest, context);
  if (isEnd && newest.isClosed !== true) return lastOf(newest);
  const end = endOfEmptyLog(await store.header(key), context);
  if (newest === undefined || end.epoch > newest.epoch) return end;
  // A closed epoch has ended, but the header of the next one has not replicated to this region.
  if (isEnd) return lastOf(newest);
  // Writers never append to an epoch whose newest entry may be deleted.
  return { epoch: newest.epoch, seq: EPOCH_END };
}

/** The end of a log without entries: before its first epoch, at the start of an epoch, or at the end of one. */
export function endOfEmptyLog(
  header: LogHeader | undefined,
  { isOwn, now }: Pick<LogContext, 'isOwn' | 'now'>,
): Position {
  if (header === undefined) return { epoch: '', seq: 0 };
  // In another region, missing entries may be replicating until the database may have deleted them.
  const hasEnded = isOwn ? !isIntact(header, now) : now >= header.ts + retentionOf(header) + DELETE_GRACE;
  return { epoch: header.epoch, seq: hasEnded ? EPOCH_END : 0 };
}
