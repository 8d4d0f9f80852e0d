// The decisions of a channel, event by event: what each does to the machine, and which effects it has.
import {
  advance,
  detach,
  gapTimerFired,
  pushed,
  retriedPending,
  subscribe,
  subscribed,
  suspend,
  synced,
} from '../../../client/src/core/channel/channel-step';
import { type ChannelEffect, type ChannelMachine, newChannel } from '../../../client/src/core/channel/channel-state';
import { MAX_WAITING } from '../../../client/src/core/channel/delivery';
import { decodeCursor, type MessagesPush, type SubscribeOk } from '../../../protocol';
import { cursorAt, EPOCH, message, ORIGIN } from '../../support/client/client-harness';

const NAME = 'chat:a';
const SOCKET = 7;

const ok = (seq: number, more: Partial<SubscribeOk> = {}): SubscribeOk => ({
  cursor: cursorAt(seq),
  verdict: 'complete',
  messages: [],
  more: false,
  ...more,
});
const push = (...seqs: number[]): MessagesPush => ({
  push: 'messages',
  channel: NAME,
  origin: ORIGIN,
  epoch: EPOCH,
  messages: seqs.map((seq) => message(seq)),
});

/** Finishes what an event left to do. Returns all effects since the last call, as short texts. */
function effects(machine: ChannelMachine): string[] {
  for (let { task } = machine; task !== undefined; { task } = machine) advance(machine, task);
  return machine.effects.splice(0).map(textOf);
}

function textOf(effect: ChannelEffect): string {
  switch (effect.type) {
    case 'message':
      return `message ${effect.message.seq}`;
    case 'verdict':
      return `verdict ${effect.event.verdict}`;
    case 'channelState':
      return effect.state;
    case 'timer':
      return `${effect.name} in ${effect.delay}`;
    case 'cancel':
      return `cancel ${effect.name}`;
    case 'subscribe':
      return `subscribe ${effect.cursor?.[ORIGIN]?.seq}`;
    default:
      return effect.type;
  }
}

const quiet = (all: readonly string[]): string[] => all.filter((one) => !one.startsWith('cancel'));

/** A live channel at a position. */
function live(seq: number): ChannelMachine {
  const machine = newChannel(NAME);
  subscribe(machine, undefined);
  effects(machine);
  subscribed(machine, ok(seq), undefined, SOCKET);
  expect(effects(machine)).toContain('live');
  return machine;
}

describe('a detached channel', () => {
  test('then answers, pushes and timers change nothing', () => {
    const machine = newChannel(NAME);
    const before = structuredClone(machine);
    subscribed(machine, ok(3, { messages: [message(1)] }), cursorAt(0), SOCKET);
    synced(machine, ok(3, { messages: [message(1)] }));
    pushed(machine, push(1));
    gapTimerFired(machine);
    suspend(machine);
    expect([effects(machine), machine]).toEqual([[], before]);
  });

  test('when it is detached again, then the application is not told again', () => {
    const machine = newChannel(NAME);
    detach(machine);
    expect(quiet(effects(machine))).toEqual([]);
  });

  test('when an answer is on the way as it is detached, then its messages are not delivered', () => {
    const machine = live(0);
    pushed(machine, push(1));
    detach(machine);
    expect(quiet(effects(machine))).toEqual(['detached']);
    expect(machine.pending).toEqual({ positions: {}, retries: 0, isReported: false });
  });
});

describe('a subscribing channel', () => {
  test('when the application subscribes twice, then one subscribe is sent', () => {
    const machine = newChannel(NAME);
    subscribe(machine, { last: 5 });
    subscribe(machine, { last: 9 });
    expect(quiet(effects(machine))).toEqual(['subscribing', 'subscribe undefined']);
    expect(machine.rewind).toEqual({ last: 5 });
  });

  test('when syncs or the gap timer come, then they change nothing', () => {
    const machine = newChannel(NAME);
    subscribe(machine, undefined);
    effects(machine);
    const before = structuredClone(machine);
    synced(machine, ok(3, { messages: [message(1)] }));
    gapTimerFired(machine);
    expect([effects(machine), machine]).toEqual([[], before]);
  });

  test('when pushes come before the answer, then they are delivered after it, without those it covers', () => {
    const machine = newChannel(NAME);
    subscribe(machine, undefined);
    effects(machine);
    pushed(machine, push(3));
    pushed(machine, push(4, 5));
    expect(effects(machine)).toEqual([]);
    subscribed(machine, ok(3), undefined, SOCKET);
    expect(quiet(effects(machine))).toEqual(['live', 'message 4', 'message 5']);
  });

  test.each([
    [MAX_WAITING, false],
    [MAX_WAITING + 1, true],
  ])('given %d waiting pushes, when the answer comes, then the channel asks for the rest: %s', (count, asks) => {
    const machine = newChannel(NAME);
    subscribe(machine, undefined);
    effects(machine);
    pushed(machine, push(...Array.from({ length: count }, (_, i) => i + 1)));
    subscribed(machine, ok(0), undefined, SOCKET);
    const all = quiet(effects(machine));
    expect(all.filter((one) => one.startsWith('message'))).toHaveLength(MAX_WAITING);
    expect(all.includes(`subscribe ${MAX_WAITING}`)).toBe(asks);
  });

  test('given a cursor, when an answer "from now" comes, then the channel asks again from the cursor on its socket', () => {
    const machine = live(3);
    subscribed(machine, ok(9), undefined, SOCKET);
    expect(machine.effects.splice(0)).toEqual([
      { type: 'subscribe', cursor: decodeCursor(cursorAt(3)), socket: SOCKET },
    ]);
    expect(machine.task).toBeUndefined();
  });

  test('given an answer with more pages, then the next is asked for from its end, and the channel is live after the last', () => {
    const machine = newChannel(NAME);
    subscribe(machine, { last: 2 });
    effects(machine);
    subscribed(machine, ok(2, { messages: [message(1), message(2)], more: true }), undefined, SOCKET);
    expect(quiet(effects(machine))).toEqual(['message 1', 'message 2', 'subscribe 2']);
    expect(machine.rewind).toBeUndefined();
    subscribed(machine, ok(3, { messages: [message(3)] }), cursorAt(2), SOCKET);
    expect(quiet(effects(machine))).toEqual(['verdict complete', 'message 3', 'live']);
  });
});

describe('the verdict of a resume', () => {
  const resumed = (machine: ChannelMachine, from: number, answer: SubscribeOk): string[] => {
    subscribed(machine, answer, cursorAt(from), SOCKET);
    return quiet(effects(machine));
  };

  test('given a loss and more pages, then `complete` of a later page is not reported, and that of the next resume is', () => {
    const machine = live(3);
    const loss = ok(6, { verdict: 'expired', origins: [ORIGIN], messages: [message(6)], more: true });
    expect(resumed(machine, 3, loss)).toEqual(['gap', 'verdict expired', 'message 6', 'subscribe 6']);
    expect(resumed(machine, 6, ok(7, { messages: [message(7)] }))).toEqual(['message 7']);
    expect(resumed(machine, 7, ok(7))).toEqual(['verdict complete']);
  });

  test('given a log that was restored to an earlier time, then the cursor goes back, and its next messages are delivered', () => {
    const machine = live(5);
    machine.cursor = { ...machine.cursor, 'us-east-1': { epoch: EPOCH, seq: 9 } };
    expect(resumed(machine, 5, ok(3, { verdict: 'reset', origins: [ORIGIN] }))).toEqual(['gap', 'verdict reset']);
    expect(machine.cursor).toEqual({
      [ORIGIN]: { epoch: EPOCH, seq: 3 },
      'us-east-1': { epoch: EPOCH, seq: 9 },
    });
    pushed(machine, push(4));
    expect(quiet(effects(machine))).toEqual(['message 4']);
  });
});

describe('a live channel', () => {
  test('when the connection is lost, then what waits is kept, and the next subscribe continues at the cursor', () => {
    const machine = live(0);
    pushed(machine, push(2));
    expect(quiet(effects(machine))).toEqual(['hold']);
    suspend(machine);
    expect(quiet(effects(machine))).toEqual(['subscribing']);
    subscribed(machine, ok(1, { messages: [message(1)] }), cursorAt(0), SOCKET);
    expect(quiet(effects(machine))).toEqual(['verdict complete', 'message 1', 'live', 'message 2']);
  });

  test('given an early message, then the gap timer is set once, and its end asks for what is missing', () => {
    const machine = live(0);
    pushed(machine, push(2));
    expect(quiet(effects(machine))).toEqual(['hold']);
    pushed(machine, push(4));
    expect(quiet(effects(machine))).toEqual([]);
    gapTimerFired(machine);
    expect(quiet(effects(machine))).toEqual(['subscribing', 'subscribe 0']);
  });

  test('given no early message, when the gap timer fires, then nothing happens', () => {
    const machine = live(0);
    gapTimerFired(machine);
    expect(effects(machine)).toEqual([]);
  });

  test('when the missing message comes, then the timer is cancelled, and set again for the next early message', () => {
    const machine = live(0);
    pushed(machine, push(2));
    effects(machine);
    pushed(machine, push(1));
    expect(effects(machine)).toEqual(['message 1', 'message 2', `cancel gap ${NAME}`]);
    pushed(machine, push(4));
    expect(quiet(effects(machine))).toEqual(['hold']);
  });

  test('given a message of another epoch, then it waits, although its number is the next', () => {
    const machine = live(3);
    pushed(machine, { ...push(4), epoch: '0m3x0k2q0' });
    expect(quiet(effects(machine))).toEqual(['hold']);
    pushed(machine, { ...push(1), epoch: '0m3x0k2q0' });
    expect(quiet(effects(machine))).toEqual([]);
  });

  test('given a channel without a log, then only its first message is delivered at once', () => {
    const machine = newChannel(NAME);
    subscribe(machine, undefined);
    subscribed(machine, ok(0, { cursor: '1' }), undefined, SOCKET);
    effects(machine);
    pushed(machine, push(2));
    expect(quiet(effects(machine))).toEqual(['hold']);
    pushed(machine, push(1));
    expect(quiet(effects(machine))).toEqual(['message 1', 'message 2']);
  });
});

describe('a sync', () => {
  test.each(['expired', 'reset'] as const)('given the verdict %s, then the channel subscribes again', (verdict) => {
    const machine = live(3);
    synced(machine, ok(9, { verdict, origins: [ORIGIN], messages: [message(9)] }));
    expect(quiet(effects(machine))).toEqual(['subscribing', 'subscribe 3']);
  });

  test('given more messages and none in the answer, then the channel subscribes again', () => {
    const machine = live(3);
    synced(machine, ok(3, { more: true }));
    expect(quiet(effects(machine))).toEqual(['subscribing', 'subscribe 3']);
  });

  test('given messages that no push brought, then they are delivered, and an old subscription is renewed', () => {
    const machine = live(3);
    synced(machine, ok(4, { messages: [message(4)] }));
    expect(quiet(effects(machine))).toEqual(['message 4', 'subscribing', 'subscribe 4']);
  });

  test('given a new subscription, then it is not renewed, unless there are more messages', () => {
    const machine = live(3);
    synced(machine, ok(4, { messages: [message(4)] }), true);
    expect(quiet(effects(machine))).toEqual(['message 4']);
    synced(machine, ok(5, { messages: [message(5)], more: true }), true);
    expect(quiet(effects(machine))).toEqual(['message 5', 'subscribing', 'subscribe 5']);
  });

  test('given nothing new, then nothing happens', () => {
    const machine = live(3);
    synced(machine, ok(3));
    expect(quiet(effects(machine))).toEqual([]);
  });
});

describe('pending origins', () => {
  const pendingAt = (seq: number, more: Partial<SubscribeOk> = {}): SubscribeOk =>
    ok(seq, { verdict: 'pending', origins: [ORIGIN], ...more });

  test('when a sync is pending, then the server is asked again, and the application is told the second time, once', () => {
    const machine = live(3);
    synced(machine, pendingAt(3));
    expect(quiet(effects(machine))).toEqual([`pending ${NAME} in 1000`]);
    retriedPending(machine);
    expect(quiet(effects(machine))).toEqual([`pending ${NAME} in 2000`]);
    synced(machine, pendingAt(3));
    expect(quiet(effects(machine))).toEqual(['verdict pending']);
    retriedPending(machine);
    synced(machine, pendingAt(3));
    expect(quiet(effects(machine))).toEqual([`pending ${NAME} in 4000`]);
    synced(machine, ok(3));
    expect(effects(machine)).toContain('verdict complete');
  });

  test('given an answer that brings something, then the delay begins anew', () => {
    const machine = live(3);
    synced(machine, pendingAt(3));
    for (let i = 0; i < 4; i++) retriedPending(machine);
    effects(machine);
    synced(machine, pendingAt(4, { messages: [message(4)] }));
    expect(quiet(effects(machine))).toEqual(['message 4', `pending ${NAME} in 1000`, 'verdict pending']);
  });

  test('given many requests without news, then the delay is at most half a minute', () => {
    const machine = live(3);
    synced(machine, pendingAt(3));
    for (let i = 0; i < 9; i++) retriedPending(machine);
    expect(quiet(effects(machine)).at(-1)).toBe(`pending ${NAME} in 30000`);
  });

  test('given a subscribe that is pending, then the application is told at once, and not again', () => {
    const machine = live(3);
    subscribed(machine, pendingAt(3), cursorAt(3), SOCKET);
    expect(quiet(effects(machine))).toEqual(['verdict pending', `pending ${NAME} in 1000`]);
    synced(machine, pendingAt(3));
    expect(quiet(effects(machine))).toEqual([]);
  });

  test('when a push moves a pending origin on, then the server is asked soon, as the rest may follow', () => {
    const machine = live(3);
    synced(machine, pendingAt(3));
    retriedPending(machine);
    effects(machine);
    pushed(machine, push(4));
    expect(quiet(effects(machine))).toEqual(['message 4', `pending ${NAME} in 1000`]);
    pushed(machine, push(5));
    expect(quiet(effects(machine))).toEqual(['message 5']);
  });

  test('given early messages of pending origins only, then no gap timer is set; with another one, it is', () => {
    const machine = live(3);
    synced(machine, pendingAt(3));
    effects(machine);
    pushed(machine, push(5));
    expect(quiet(effects(machine))).toEqual([]);
    pushed(machine, { ...push(2), origin: 'us-east-1' });
    expect(quiet(effects(machine))).toEqual(['hold']);
  });
});
