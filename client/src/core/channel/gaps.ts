import { type Cursor, EPOCH_END, isAfter, type Position, type SubscribeOk } from '../../../../protocol';
import type { GapEvent } from '../effects';
import type { ChannelMachine } from './channel-state';
import { positionIn } from './pending-origins';

/**
 * Messages that the answer to a resume skips: its messages, or its cursor, don't continue the client's position. An answer never skips
 * messages that may still arrive (that is `pending`), so skipped messages are lost. After a restore of the table, the log may end
 * before the position that was asked from. Then `next` is not after `after`.
 */
export function gapsOf(
  { name: channel, cursor }: Pick<ChannelMachine, 'name' | 'cursor'>,
  { verdict, origins, messages }: SubscribeOk,
  askedFrom: Cursor,
  end: Cursor,
): readonly GapEvent[] {
  const incomplete = new Set(verdict === 'reset' || verdict === 'expired' ? origins : []);
  return Object.entries(end).flatMap(([origin, last]): GapEvent[] => {
    const after = positionIn(cursor, origin);
    if (verdict === 'reset' && incomplete.has(origin) && isAfter(positionIn(askedFrom, origin), last)) {
      return [{ channel, origin, reason: 'reset', after, next: positionAfter(last) }];
    }
    if (!isAfter(last, after)) return [];
    const first = messages.find((message) => message.origin === origin && isAfter(message, after));
    const next = first === undefined ? positionAfter(last) : { epoch: first.epoch, seq: first.seq };
    // The first message of a log, or of the epoch after one that has ended, continues the position, unless the server says otherwise.
    const wasAtEnd = after.epoch === '' || after.seq === EPOCH_END;
    const isFirst = wasAtEnd && next.seq === 1 && !incomplete.has(origin);
    const isNext = next.epoch === after.epoch && next.seq === after.seq + 1;
    if (isFirst || isNext) return [];
    const reason = after.epoch !== '' && next.epoch !== after.epoch ? 'reset' : 'expired';
    return [{ channel, origin, reason, after, next }];
  });
}

/** The next position. After the end of an epoch, there is none in the same epoch. */
function positionAfter({ epoch, seq }: Position): Position {
  return { epoch, seq: seq === EPOCH_END ? seq : seq + 1 };
}
