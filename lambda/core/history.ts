import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  type HistoryOk,
  type HistoryRequest,
  type LocatedMessage,
  type Position,
  utf8Length,
} from '../../protocol';
import { DELETE_GRACE } from './log';
import type { LogStore } from './ports';
import { locate, MAX_REPLY_BYTES } from './resume';
import { byTime } from './subscribe';

/** Messages of a page when the request names no limit. */
export const DEFAULT_LIMIT = 50;

/**
 * One page of a channel's history, newest first. A page ends where the next one's `before` begins: every origin's
 * position is that of its oldest message returned so far.
 */
export async function history(
  logs: LogStore,
  origins: readonly string[],
  request: HistoryRequest,
  now: number,
): Promise<HistoryOk> {
  const limit = request.limit ?? DEFAULT_LIMIT;
  const bounds: Cursor = request.before === undefined ? {} : decodeCursor(request.before);
  const pages = await Promise.all(
    origins.map(async (origin) => {
      const bound = bounds[origin];
      // A cursor's position that has seen nothing: this origin is at its end.
      if (bound?.seq === 0) return { messages: [], atEnd: true };
      const entries = await logs.before({ channel: request.channel, origin }, bound, limit);
      const live = entries.filter(({ deleteAfter }) => now < deleteAfter - DELETE_GRACE);
      const messages = live.flatMap((entry) => locate(entry, origin)).filter((one) => isBefore(one, bound));
      // Entries are newest first: an expired one means that everything before it has expired.
      return { messages, atEnd: entries.length < limit || live.length < entries.length };
    }),
  );
  const candidates = pages.flatMap(({ messages }) => messages).sort((a, b) => byTime(b, a));
  const messages = cut(candidates, limit);
  const exhausted = pages.every(({ atEnd }) => atEnd) && messages.length === candidates.length;
  if (exhausted) return { messages };
  const next: Record<string, Position> = { ...bounds };
  for (const { origin, epoch, seq } of messages) next[origin] = { epoch, seq };
  return { messages, next: encodeCursor(next) };
}

function isBefore(message: LocatedMessage, bound: Position | undefined): boolean {
  if (bound === undefined) return true;
  return message.epoch === bound.epoch ? message.seq < bound.seq : message.epoch < bound.epoch;
}

/** The first messages within both limits; at least one, so that paging goes on. */
function cut(messages: readonly LocatedMessage[], limit: number): readonly LocatedMessage[] {
  let bytes = 0;
  const end = messages.findIndex((message, i) => {
    bytes += utf8Length(JSON.stringify(message));
    return i > 0 && (i >= limit || bytes > MAX_REPLY_BYTES);
  });
  return end < 0 ? messages : messages.slice(0, end);
}
