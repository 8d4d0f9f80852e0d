// The newest messages of one origin's log, for a subscription that begins in the past.
import type { LocatedMessage, Position, Verdict } from '../../../protocol';
import { isHoleBefore } from '../log/holes';
import type { Entry, LogKey, LogStore } from '../log/log-store';
import { lastOf, locate, MAX_REPLY_BYTES, mayHaveMore } from '../log/message-pages';
import { endOfLog, isExpiredFor, isLast, type LogContext } from '../log/retention';

/** The newest messages of a log up to a position, from which the client continues. */
export interface Rewound {
  readonly verdict: Verdict;
  readonly position: Position;
  readonly messages: readonly LocatedMessage[];
}

/**
 * The last messages of a log, at least as many as asked for if it has them. They end before the first message among them
 * that is still replicating to this region: the client asks again from there, and gets the messages in order.
 */
export async function lastMessages(logs: LogStore, key: LogKey, last: number, context: LogContext): Promise<Rewound> {
  const entries = await logs.before(key, undefined, last, MAX_REPLY_BYTES);
  const [newest] = entries;
  const asked = newestOf(entries, last);
  const live = asked.filter((entry) => !isExpiredFor(entry, context)).reverse();
  // Older messages than those that were asked for need not be here.
  const isWhole = asked.length === entries.length && !mayHaveMore(entries, last, MAX_REPLY_BYTES);
  const hole = live.findIndex((entry, i) => {
    const previous = i > 0 ? live[i - 1] : asked[live.length];
    if (previous === undefined && !isWhole) return false;
    return isHoleBefore(entry, previous ? lastOf(previous) : { epoch: entry.epoch, seq: 0 }, context);
  });
  if (hole >= 0) {
    const before = live[hole - 1] ?? asked[live.length];
    const position = before ? lastOf(before) : { epoch: (live[hole] as Entry).epoch, seq: 0 };
    return { verdict: 'pending', position, messages: messagesOf(live.slice(0, hole), key) };
  }
  const isEnd = newest !== undefined && newest.isClosed !== true && isLast(newest, context);
  const position = isEnd ? lastOf(newest) : await endOfLog(logs, key, context);
  return { verdict: 'complete', position, messages: messagesOf(live, key) };
}

/** The first entries, newest first, that have as many messages as asked for. */
function newestOf(entries: readonly Entry[], count: number): readonly Entry[] {
  let messages = 0;
  const end = entries.findIndex((entry) => {
    messages += entry.messages.length;
    return messages >= count;
  });
  return end < 0 ? entries : entries.slice(0, end + 1);
}

function messagesOf(entries: readonly Entry[], { origin }: LogKey): readonly LocatedMessage[] {
  return entries.flatMap((entry) => locate(entry, origin));
}
