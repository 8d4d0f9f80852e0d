import { type Cursor, decodeCursor, type Position, type SubscribeOk } from '../../../../protocol';
import { type ChannelMachine, nonePending } from './channel-state';

/** First delay before the server is asked again for pending origins. Milliseconds. */
export const PENDING_RETRY = 1_000;
/** Upper bound of the delay, which doubles with each answer that brings nothing. Milliseconds. */
export const MAX_WAIT = 30_000;

export function hasPending({ pending }: ChannelMachine): boolean {
  return Object.keys(pending.positions).length > 0;
}

/**
 * Takes the pending origins from an answer.
 *
 * @throws RealtimeError cursor_invalid
 */
export function notePending(machine: ChannelMachine, { verdict, origins = [], cursor }: SubscribeOk): void {
  if (verdict === 'pending') {
    const end = decodeCursor(cursor);
    machine.pending.positions = Object.fromEntries(origins.map((origin) => [origin, positionIn(end, origin)]));
  } else machine.pending = nonePending();
}

/** Sets the timer that asks the server again. */
export function retryPending({ name, pending, effects }: ChannelMachine): void {
  const delay = Math.min(MAX_WAIT, PENDING_RETRY * 2 ** pending.retries);
  effects.push({ type: 'timer', name: `pending ${name}`, delay });
}

/** Whether the cursor has not moved since the server answered that this region's next messages are still replicating. */
export function isPendingAt({ cursor, pending }: ChannelMachine, origin: string): boolean {
  const { epoch, seq } = positionIn(cursor, origin);
  const position = pending.positions[origin];
  return position?.epoch === epoch && position.seq === seq;
}

/** The position of an origin in a cursor; an origin that is absent has no log yet. */
export function positionIn(cursor: Cursor | undefined, origin: string): Position {
  return cursor?.[origin] ?? { epoch: '', seq: 0 };
}
