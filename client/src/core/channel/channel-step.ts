// The decisions of a channel, one function per event: each changes the machine and appends the effects. No clock, no randomness,
// no I/O.
import {
  type Cursor,
  decodeCursor,
  isAfter,
  type LocatedMessage,
  type MessagesPush,
  type Rewind,
  type SubscribeOk,
} from '../../../../protocol';
import { type ChannelMachine, type ChannelTask, nonePending } from './channel-state';
import { gapsOf } from './gaps';
import { hasPending, isPendingAt, notePending, positionIn, retryPending } from './pending-origins';
import { deliverNext, MAX_WAITING, startDelivery, startLiveDelivery } from './delivery';
import { cancelTimers, enter, report, request, resubscribe } from './transitions';

/** The application subscribes. */
export function subscribe(machine: ChannelMachine, rewind: Rewind | undefined): void {
  if (machine.status.name !== 'detached') return;
  machine.rewind = rewind;
  request(machine, []);
}

export function detach(machine: ChannelMachine, reason?: Error): void {
  machine.task = undefined;
  machine.pending = nonePending();
  machine.fruitlessSubscribes = 0;
  cancelTimers(machine);
  enter(machine, { name: 'detached' }, reason);
}

/** The connection is lost. */
export function suspend(machine: ChannelMachine): void {
  machine.task = undefined;
  if (machine.status.name === 'live') enter(machine, { ...machine.status, name: 'subscribing' });
}

/**
 * The server answered a subscribe.
 *
 * @param askedFrom the cursor that the subscribe continues; undefined when it began "from now"
 * @throws RealtimeError cursor_invalid, before anything changes
 */
export function subscribed(
  machine: ChannelMachine,
  ok: SubscribeOk,
  askedFrom: string | undefined,
  socket: number,
): void {
  const { cursor, status, effects } = machine;
  const end = decodeCursor(ok.cursor);
  if (status.name === 'detached') return;
  // A second socket subscribed "from now", which is later than the cursor: what lies between must be requested.
  if (askedFrom === undefined && cursor !== undefined) effects.push({ type: 'subscribe', cursor, socket });
  else {
    startDelivery(machine, ok.messages, { type: 'page', ok, end, socket });
    if (askedFrom !== undefined) judge(machine, ok, decodeCursor(askedFrom), end);
  }
}

/** Reports the result of a resume: a loss at once, `complete` with the last page. */
function judge(machine: ChannelMachine, ok: SubscribeOk, askedFrom: Cursor, end: Cursor): void {
  const { verdict, origins, more } = ok;
  for (const gap of gapsOf(machine, ok, askedFrom, end)) {
    machine.effects.push({ type: 'gap', gap });
    // The log was restored to an earlier time: its next messages have sequence numbers that the client has seen.
    if (!isAfter(gap.next, gap.after))
      machine.cursor = { ...machine.cursor, [gap.origin]: positionIn(end, gap.origin) };
  }
  if (verdict === 'complete' && (more || machine.hasReportedLoss)) return;
  machine.hasReportedLoss = verdict !== 'complete';
  report(machine, verdict, origins);
}

/** Messages arrived live. */
export function pushed(machine: ChannelMachine, { origin, epoch, messages }: MessagesPush): void {
  const { status } = machine;
  const located = messages.map((message): LocatedMessage => ({ ...message, origin, epoch }));
  if (status.name === 'live') {
    startLiveDelivery(machine, status, located, { type: 'push', origin, wasPending: isPendingAt(machine, origin) });
  } else if (status.name === 'subscribing') {
    // The newest are dropped first: the next subscribe requests them.
    const waiting = [...status.waiting, ...located];
    status.hasOverflowed ||= waiting.length > MAX_WAITING;
    status.waiting = waiting.slice(0, MAX_WAITING);
  }
}

/**
 * The server answered a sync.
 *
 * @param isNew the subscription is new: no push brings what was replicated since its answer
 * @throws RealtimeError cursor_invalid, before anything changes
 */
export function synced(machine: ChannelMachine, ok: SubscribeOk, isNew = false): void {
  const { status, cursor, pending } = machine;
  const { verdict, more, messages } = ok;
  if (status.name !== 'live') return;
  if (verdict === 'expired' || verdict === 'reset' || (more && messages.length === 0)) resubscribe(machine);
  else {
    const wasPending = hasPending(machine);
    notePending(machine, ok);
    startLiveDelivery(machine, status, messages, {
      type: 'sync',
      ok,
      cursor,
      isNew,
      wasPending,
      wasReported: pending.isReported,
    });
  }
}

/** The server is being asked again for the pending origins. Without an answer, it is asked once more. */
export function retriedPending(machine: ChannelMachine): void {
  machine.pending.retries += 1;
  retryPending(machine);
}

/** The gap timer fired: waiting messages have waited long enough for their predecessors. */
export function gapTimerFired(machine: ChannelMachine): void {
  const { status } = machine;
  if (status.name !== 'live') return;
  status.hasGapTimer = false;
  if (status.waiting.length > 0) resubscribe(machine);
}

/** Does the next part of the task. It delivers one message at most. */
export function advance(machine: ChannelMachine, task: ChannelTask): void {
  if (task.type === 'deliver') deliverNext(machine, task);
  else {
    machine.task = undefined;
    machine.effects.push({ type: 'subscribe', cursor: machine.cursor });
  }
}
