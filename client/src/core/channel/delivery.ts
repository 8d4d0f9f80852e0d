// Delivers messages in order: those that continue the cursor, while those that came early wait.
import { isAfter, type LocatedMessage, mergeCursors, type SubscribeOk } from '../../../../protocol';
import type { ChannelMachine, ChannelStatus, DeliveryCause, DeliveryTask } from './channel-state';
import { hasPending, isPendingAt, notePending, positionIn, retryPending } from './pending-origins';
import { cancelTimer, enter, report, resubscribe } from './transitions';

/** Most messages that wait. With more, the rest is requested again instead. */
export const MAX_WAITING = 1_000;

type Live = Extract<ChannelStatus, { name: 'live' }>;

export function startDelivery(
  machine: ChannelMachine,
  messages: readonly LocatedMessage[],
  cause: DeliveryCause,
): void {
  machine.task = { type: 'deliver', messages, next: 0, early: [], hasDelivered: false, cause };
}

/** Begins with the messages that wait on a live channel, then come these. */
export function startLiveDelivery(
  machine: ChannelMachine,
  live: Live,
  messages: readonly LocatedMessage[],
  cause: DeliveryCause,
): void {
  startDelivery(machine, [...live.waiting, ...messages], cause);
  live.waiting = [];
}

/** Delivers the next message that continues the cursor. Without one, the delivery ends. */
export function deliverNext(machine: ChannelMachine, task: DeliveryTask): void {
  const { messages, early, cause } = task;
  const { status } = machine;
  for (let message = messages[task.next]; message !== undefined; message = messages[task.next]) {
    task.next += 1;
    const order = orderOf(message, machine, cause);
    if (order === 'early') early.push(message);
    else if (order === 'next') {
      task.hasDelivered = true;
      deliver(machine, message);
      return;
    }
  }
  if (cause.type === 'page') endPage(machine, cause);
  // What was delivered may be what early messages waited for.
  else if (task.hasDelivered) Object.assign(task, { messages: early, next: 0, early: [], hasDelivered: false });
  else if (status.name === 'live') endDelivery(machine, status, early, cause);
}

function orderOf(
  message: LocatedMessage,
  { cursor }: ChannelMachine,
  { type }: DeliveryCause,
): 'seen' | 'next' | 'early' {
  const { origin, epoch, seq } = message;
  const position = positionIn(cursor, origin);
  if (!isAfter(message, position)) return 'seen';
  if (type === 'page') return 'next';
  if (epoch === position.epoch) return seq === position.seq + 1 ? 'next' : 'early';
  // The first message of a log continues a channel without a log. The server decides on any other change of epoch.
  return position.epoch === '' && seq === 1 ? 'next' : 'early';
}

/** Hands a message to the application and moves the cursor past it. */
function deliver(machine: ChannelMachine, message: LocatedMessage): void {
  const { origin, epoch, seq } = message;
  machine.cursor = { ...machine.cursor, [origin]: { epoch, seq } };
  machine.effects.push({ type: 'message', message: { ...message, channel: machine.name } });
}

function endPage(machine: ChannelMachine, { ok, end, socket }: Extract<DeliveryCause, { type: 'page' }>): void {
  machine.task = undefined;
  machine.rewind = undefined;
  // Pushes may have moved the cursor beyond the end of the answer.
  const cursor = mergeCursors(machine.cursor ?? {}, end);
  machine.cursor = cursor;
  if (ok.more) machine.effects.push({ type: 'subscribe', cursor, socket });
  else goLive(machine, ok);
}

/** The last page is delivered: next are the messages that waited for it. */
function goLive(machine: ChannelMachine, ok: SubscribeOk): void {
  const { status } = machine;
  if (status.name === 'detached') return;
  const live = { hasGapTimer: false, ...status, name: 'live' as const };
  notePending(machine, ok);
  machine.pending.isReported = hasPending(machine);
  machine.fruitlessSubscribes += 1;
  machine.hasReportedLoss = false;
  enter(machine, live);
  startLiveDelivery(machine, live, [], { type: 'live' });
}

/** Keeps the early messages, and requests their predecessors: at once, or later when pushes have not brought them. */
function endDelivery(
  machine: ChannelMachine,
  live: Live,
  early: readonly LocatedMessage[],
  cause: Exclude<DeliveryCause, { type: 'page' }>,
): void {
  const isWhole = early.length === 0;
  const isFull = early.length > MAX_WAITING;
  machine.task = undefined;
  live.waiting = early.slice(0, MAX_WAITING);
  live.hasOverflowed ||= isFull;
  if (isWhole ? live.hasOverflowed : isFull && machine.fruitlessSubscribes === 0) {
    resubscribe(machine);
    return;
  }
  if (isWhole) {
    live.hasGapTimer = false;
    cancelTimer(machine, 'gap');
    if (cause.type !== 'sync') machine.fruitlessSubscribes = 0;
  } else if (!live.hasGapTimer && !early.every(({ origin }) => isPendingAt(machine, origin))) {
    // Once set, the timer stays: a steady stream of other messages must not postpone the repair. Pending origins are requested anyway.
    live.hasGapTimer = true;
    machine.effects.push({ type: 'hold' });
  }
  if (cause.type === 'sync') concludeSync(machine, cause);
  else if (cause.type === 'live') {
    if (hasPending(machine)) retryPending(machine);
  } else if (cause.wasPending && !isPendingAt(machine, cause.origin)) {
    // The rest of what was being replicated may follow soon.
    machine.pending.retries = 0;
    retryPending(machine);
  }
}

function concludeSync(machine: ChannelMachine, cause: Extract<DeliveryCause, { type: 'sync' }>): void {
  const { wasPending, wasReported, isNew } = cause;
  const { origins = [], more } = cause.ok;
  const { pending } = machine;
  const isNews = machine.cursor !== cause.cursor;
  // No push brought these messages, so the subscription may be lost: it is renewed. What was replicated late, to pending origins or
  // to a new subscription, is older than the subscription, and no push brings it.
  if (isNews && ((!wasPending && !isNew) || more)) resubscribe(machine);
  else if (!hasPending(machine)) {
    cancelTimer(machine, 'pending');
    if (wasReported) report(machine, 'complete');
  } else {
    if (isNews) pending.retries = 0;
    if (isNews || !wasPending) retryPending(machine);
    // Every replica lags for a moment; one that still lags when it is asked again may stay so. Where pushes have continued, nothing
    // is missing.
    if (wasPending && !wasReported && origins.some((origin) => isPendingAt(machine, origin))) {
      pending.isReported = true;
      report(machine, 'pending', origins);
    }
  }
}
