import { EPOCH_END, type Position } from '../../../protocol';
import { hasExpired, head, isLast, type LogContext } from './retention';
import { lastOf } from './message-pages';
import type { Entry, LogKey, LogStore } from './log-store';

/**
 * The place of the last message before a time: what follows it is at or after the time. What has expired is before any
 * time, though the database may not have deleted it yet. Found by halving, which takes about 20 reads for a million
 * messages: sequence numbers are dense, and time never runs backwards within a log.
 *
 * @param time milliseconds since 1970
 */
export async function placeBefore(store: LogStore, key: LogKey, time: number, context: LogContext): Promise<Position> {
  const isBefore = ({ ts, deleteAfter }: Entry): boolean => ts < time || hasExpired(deleteAfter, context.now);
  const newest = await store.newest(key);
  // Where the newest that is left may be deleted, all has expired.
  if (newest === undefined || !isLast(newest, context)) return head(store, key, context);
  if (isBefore(newest)) return lastOf(newest);
  const { epoch } = newest;
  // An older epoch ended because everything in it had expired: there is nothing to find.
  const [oldest = newest] = await store.from(key, { epoch, seq: 0 }, 1);
  if (!isBefore(oldest)) return { epoch, seq: oldest.seq - 1 };

  let before: Entry = oldest;
  // Every entry that starts here or later is at or after the time.
  let notBefore = newest.seq;
  while (lastOf(before).seq + 1 < notBefore) {
    // Below notBefore in any case, so that every round narrows it down.
    const middle = Math.floor((lastOf(before).seq + 1 + notBefore) / 2);
    const [entry] = await store.from(key, { epoch, seq: middle }, 1);
    if (entry !== undefined && entry.epoch === epoch && isBefore(entry)) before = entry;
    else notBefore = middle;
  }
  return lastOf(before);
}

/** The place of the last message that has expired and is not deleted, if there is one; of an epoch that has ended, its end. */
export async function endOfExpired(store: LogStore, key: LogKey, context: LogContext): Promise<Position | undefined> {
  const { epoch, seq } = await placeBefore(store, key, 0, context);
  if (seq === EPOCH_END) return { epoch, seq };
  // Before the newest epoch's first entry that is here, the older epochs' entries stand: all of them have expired.
  const [last] = await store.before(key, { epoch, seq: seq + 1 }, 1);
  return last !== undefined && hasExpired(last.deleteAfter, context.now) ? lastOf(last) : undefined;
}
