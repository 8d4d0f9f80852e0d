import { type Cursor, EPOCH_END, isAfter, type Position, type SubscribeOk } from '../../../../protocol';
import type { GapEvent } from '../effects';
import { positionIn } from './pending-origins';

/**
 * What a server's answer to a resume leaves out: where its messages, or its cursor, don't continue what was seen. An answer
 * never leaves out what may still come (that is `pending`), so whatever it leaves out is gone.
 */
export function gapsOf(channel: string, seen: Cursor, ok: SubscribeOk, end: Cursor): readonly GapEvent[] {
  const broken = new Set(ok.verdict === 'reset' || ok.verdict === 'expired' ? ok.origins : []);
  return Object.entries(end).flatMap(([origin, last]): GapEvent[] => {
    const after = positionIn(seen, origin);
    if (!isAfter(last, after)) return [];
    const first = ok.messages.find((message) => message.origin === origin && isAfter(message, after));
    const next = first === undefined ? placeAfter(last) : { epoch: first.epoch, seq: first.seq };
    // A log, or an epoch, that began where there was no more continues that, unless the server knows better.
    const wasAtEnd = after.epoch === '' || after.seq === EPOCH_END;
    const begins = wasAtEnd && next.seq === 1 && !broken.has(origin);
    const continues = next.epoch === after.epoch && next.seq === after.seq + 1;
    if (begins || continues) return [];
    const reason = after.epoch !== '' && next.epoch !== after.epoch ? 'reset' : 'expired';
    return [{ channel, origin, reason, after, next }];
  });
}

/** The place that follows another. Nothing follows the end of an epoch but another epoch. */
function placeAfter({ epoch, seq }: Position): Position {
  return { epoch, seq: seq === EPOCH_END ? seq : seq + 1 };
}
