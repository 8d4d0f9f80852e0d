import { EPOCH_END, type Position } from '../../../protocol';
import type { Entry, LogKey, LogStore } from './log-store';
import { lastOf } from './message-pages';
import { isHoleBefore } from './holes';
import { endOfLog, isExpiredFor, isLast, type LogContext } from './retention';

/**
 * The position of the last message before a time; expired messages count as before any time. Where the messages before the
 * first one here are still replicating, it is the epoch's start: some of them may not be before the time. A binary search: it takes about
 * 20 reads for a million messages, because sequence numbers are dense and time never runs backwards within a log.
 */
export async function positionBefore(
  store: LogStore,
  key: LogKey,
  { time, ...context }: LogContext & { /** Milliseconds since 1970. */ readonly time: number },
): Promise<Position> {
  const isBefore = (entry: Entry): boolean => entry.ts < time || isExpiredFor(entry, context);
  const newest = await store.newest(key);
  // When even the newest entry may be deleted, all entries have expired.
  if (newest === undefined || !isLast(newest, context)) return endOfLog(store, key, context);
  if (isBefore(newest)) return newest.isClosed === true ? endOfLog(store, key, context) : lastOf(newest);
  let last = newest;
  let { epoch } = last;
  // An older epoch ended because all its entries had expired, so the search stays within the newest, unless an operator closed one.
  let [oldest = last] = await store.from(key, { epoch, seq: 0 }, 1);
  while (!isBefore(oldest)) {
    const isHole = isHoleBefore(oldest, { epoch, seq: 0 }, context);
    const mayGoOn = isHole || mayFollowClosed(oldest);
    const preceding = mayGoOn ? (await store.before(key, { epoch, seq: 1 }, 1))[0] : undefined;
    if (preceding === undefined || isBefore(preceding)) return { epoch, seq: isHole ? 0 : oldest.seq - 1 };
    last = preceding;
    ({ epoch } = last);
    [oldest = last] = await store.from(key, { epoch, seq: 0 }, 1);
  }

  let before: Entry = oldest;
  // Every entry that starts here or later is at or after the time.
  let notBefore = last.seq;
  while (lastOf(before).seq + 1 < notBefore) {
    // Always less than notBefore, so every round narrows the range.
    const middle = Math.floor((lastOf(before).seq + 1 + notBefore) / 2);
    const [entry] = await store.from(key, { epoch, seq: middle }, 1);
    if (entry !== undefined && entry.epoch === epoch && isBefore(entry)) before = entry;
    else notBefore = middle;
  }
  return lastOf(before);
}

/** Whether entries that have not expired may precede an entry that is the first of its epoch. */
function mayFollowClosed({ seq, previousDeleteAfter }: Entry): boolean {
  return seq === 1 && previousDeleteAfter > 0;
}

/** The position of the last message that has expired and is not deleted yet, if any; in an epoch that has ended, its end. */
export async function endOfExpired(store: LogStore, key: LogKey, context: LogContext): Promise<Position | undefined> {
  const { epoch, seq } = await positionBefore(store, key, { ...context, time: 0 });
  if (seq === EPOCH_END) return { epoch, seq };
  // The entries before the newest epoch's first one belong to older epochs, which have expired.
  const [last] = await store.before(key, { epoch, seq: seq + 1 }, 1);
  return last !== undefined && isExpiredFor(last, context) ? lastOf(last) : undefined;
}
