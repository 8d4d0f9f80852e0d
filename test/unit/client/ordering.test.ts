// Delivery to the application: once, in order within an origin, with gaps repaired.
import { HOLD } from '../../../client/src/core/channel/channel';
import { CHANNEL, ClientHarness, cursorAt, EPOCH, message, ORIGIN } from '../../support/client/client-harness';

const LATER = '0m4zzzzzz';
const US = 'us-east-1';

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
  client.random = () => 0;
});

test('when messages arrive in order, then they are delivered, and the cursor moves', () => {
  client.live(4);
  client.push([5, 6]);
  client.push([7]);
  expect(client.seqs).toEqual([5, 6, 7]);
  expect(client.core.channel(CHANNEL).cursorText).toBe(cursorAt(7));
});

test('when a push arrives before the answer to the subscribe, then it waits for the answer', () => {
  client.connect();
  client.core.subscribe(CHANNEL);
  client.push([7]);
  client.push([5, 6]);
  expect(client.seqs).toEqual([]);
  client.answer({ cursor: cursorAt(5) });
  expect(client.seqs).toEqual([6, 7]);
});

test('when pushes arrive before the answer to a resume, then the messages of the answer are delivered first', () => {
  client.core.channel(CHANNEL).restore(cursorAt(2));
  client.connect();
  client.core.subscribe(CHANNEL);
  expect(client.sent('subscribe')[0]!.cursor).toBe(cursorAt(2));
  client.push([5]);
  client.push([4]);
  client.answer({ messages: [message(3), message(4)] });
  expect(client.seqs).toEqual([3, 4, 5]);
});

test('when a message arrives twice, then its position identifies the duplicate', () => {
  client.live(0);
  client.push([1]);
  client.push([1, 2]);
  client.push([2]);
  client.push([1]);
  expect(client.seqs).toEqual([1, 2]);
});

test('when a message was stored twice, then its id identifies the duplicate, and the cursor moves', () => {
  client.live(0);
  const messages = [message(1, { id: 'same' }), message(2, { id: 'same' }), message(3)];
  const push = { push: 'messages', channel: CHANNEL, origin: ORIGIN, epoch: EPOCH, messages };
  client.core.received(client.socket, JSON.stringify(push));
  expect(client.seqs).toEqual([1, 3]);
  expect(client.core.channel(CHANNEL).cursorText).toBe(cursorAt(3));
});

test('when two senders use the same id, then both messages are delivered', () => {
  client.live(0);
  const messages = [message(1, { id: '1' }), { ...message(2, { id: '1' }), from: 'bob' }, message(3, { id: '1' })];
  const push = { push: 'messages', channel: CHANNEL, origin: ORIGIN, epoch: EPOCH, messages };
  client.core.received(client.socket, JSON.stringify(push));
  expect(client.messages.map(({ from, seq }) => [from, seq])).toEqual([
    ['ada', 1],
    ['bob', 2],
  ]);
});

test('when an id is older than the last thousand and six minutes, then it is forgotten', () => {
  client.live(0);
  const send = (seq: number, id: string): void => {
    const push = { push: 'messages', channel: CHANNEL, origin: ORIGIN, epoch: EPOCH, messages: [message(seq, { id })] };
    client.core.received(client.socket, JSON.stringify(push));
  };
  for (let seq = 1; seq <= 1_001; seq++) send(seq, `id-${seq}`);
  send(1_002, 'id-1001');
  client.advance(360_001);
  send(1_003, 'fresh');
  send(1_004, 'id-1');
  expect(client.seqs.slice(1_000)).toEqual([1_001, 1_003, 1_004]);
});

test('when a message arrives before its predecessors, then it waits for them', () => {
  client.live(0);
  client.push([3]);
  client.push([2]);
  expect(client.seqs).toEqual([]);
  client.push([1]);
  expect(client.seqs).toEqual([1, 2, 3]);
  client.advance(HOLD * 2);
  expect(client.sent('subscribe')).toHaveLength(1);
});

test('when a gap is still open after HOLD, then it is requested from the cursor on', () => {
  client.live(1);
  client.push([3]);
  client.advance(HOLD - 1);
  expect(client.sent('subscribe')).toHaveLength(1);
  client.advance(1);
  expect(client.sent('subscribe').at(-1)).toMatchObject({ channel: CHANNEL, cursor: cursorAt(1) });
  client.answer({ messages: [message(2), message(3)] });
  expect(client.seqs).toEqual([2, 3]);
  expect(client.verdicts).toEqual([{ channel: CHANNEL, verdict: 'complete', origins: [] }]);
});

test('the wait before a gap is requested is random', () => {
  client.random = () => 0.9;
  client.live(1);
  client.push([3]);
  client.advance(HOLD * 1.8);
  expect(client.sent('subscribe')).toHaveLength(1);
  client.advance(HOLD * 0.2);
  expect(client.sent('subscribe')).toHaveLength(2);
});

test('given a gap, when other messages keep arriving, then the repair is not postponed', () => {
  client.live(0);
  client.push([2]);
  for (let seq = 3; seq < 13; seq++) {
    client.advance(HOLD / 5);
    client.push([seq]);
  }
  expect(client.sent('subscribe')).toHaveLength(2);
});

test('given a gap that the server can not fill, then the waits grow; when it is filled, they restart', () => {
  client.live(0);
  client.push([2]);
  const asked = () => client.sent('subscribe').length;
  for (let second = 0; second < 60; second++) {
    client.advance(1_000);
    if (client.channelState === 'subscribing')
      client.answer({ verdict: 'pending', origins: [ORIGIN], cursor: cursorAt(0) });
  }
  expect(asked()).toBeLessThan(12);
  client.push([1]);
  expect(client.seqs).toEqual([1, 2]);
  // What was in vain is forgotten: the next gap waits no longer than the first.
  client.push([4]);
  client.advance(HOLD);
  expect(client.sent('subscribe').at(-1)!.cursor).toBe(cursorAt(2));
});

test('when more than a thousand messages wait, then the gap is requested at once, but once only', () => {
  client.live(0);
  client.push(Array.from({ length: 1_000 }, (_, i) => i + 2));
  expect(client.sent('subscribe')).toHaveLength(1);
  client.push([1_002]);
  expect(client.sent('subscribe')).toHaveLength(2);
  // The server has none of them yet: no reason to ask it again at once.
  client.answer({ cursor: cursorAt(0), verdict: 'pending', origins: [ORIGIN] });
  expect(client.sent('subscribe')).toHaveLength(2);
});

describe('more messages than may wait', () => {
  const pushUpTo = (from: number, to: number): void => {
    for (let seq = from; seq <= to; seq += 25)
      client.push(Array.from({ length: Math.min(25, to - seq + 1) }, (_, i) => seq + i));
  };
  /** Messages that the channel keeps. */
  const kept = (): number => {
    const { status } = client.core.channel(CHANNEL).machine;
    return status.name === 'detached' ? 0 : status.waiting.length;
  };

  test('while a subscribe is in flight, the newest are dropped, and requested after its answer', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    pushUpTo(1, 1_200);
    expect(kept()).toBe(1_000);
    client.answer({ cursor: cursorAt(0) });
    expect([client.seqs.length, client.channelState]).toEqual([1_000, 'subscribing']);
    client.answer({ messages: Array.from({ length: 100 }, (_, i) => message(1_001 + i)), more: true });
    client.answer({ messages: Array.from({ length: 100 }, (_, i) => message(1_101 + i)) });
    expect([client.seqs, client.channelState]).toEqual([Array.from({ length: 1_200 }, (_, i) => i + 1), 'live']);
    expect(client.sent('subscribe').map(({ cursor }) => cursor)).toEqual([
      undefined,
      ...[1_000, 1_100].map((seq) => cursorAt(seq)),
    ]);
  });

  test('behind a gap that the server can not fill, the newest are dropped, and requested once it is filled', () => {
    client.live(0);
    client.push([2]);
    client.advance(HOLD);
    client.answer({ cursor: cursorAt(0), verdict: 'pending', origins: [ORIGIN] });
    pushUpTo(3, 1_200);
    expect([kept(), client.sent('subscribe').length]).toEqual([1_000, 2]);
    client.push([1]);
    expect([client.seqs.length, client.sent('subscribe').at(-1)!.cursor]).toEqual([1_001, cursorAt(1_001)]);
  });

  test('when 130,000 messages arrive behind a gap, then only a thousand are kept', () => {
    client.live(0);
    client.push(Array.from({ length: 130_000 }, (_, i) => i + 2));
    expect(client.channelState).toBe('subscribing');
    expect(kept()).toBe(1_000);
  });
});

test('when one origin has a gap, then messages of another one are delivered', () => {
  client.core.channel(CHANNEL).restore(`1!${ORIGIN}~${EPOCH}~0!${US}~${EPOCH}~0`);
  client.connect();
  client.core.subscribe(CHANNEL);
  client.answer();
  client.push([2]);
  client.push([1, 2], { origin: US });
  client.push([1]);
  client.push([3], { origin: US });
  expect(client.messages.map(({ origin, seq }) => `${origin} ${seq}`)).toEqual([
    `${US} 1`,
    `${US} 2`,
    `${ORIGIN} 1`,
    `${ORIGIN} 2`,
    `${US} 3`,
  ]);
});

test('the machine of a channel is plain data: a copy has the same state', () => {
  client.live(0);
  client.push([3]);
  const { machine } = client.core.channel(CHANNEL);
  expect(structuredClone(machine)).toEqual(machine);
});

describe('epochs', () => {
  test('given a channel without a log, when the first message of one arrives, then it is delivered', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    client.answer({ cursor: cursorAt(0, ORIGIN, '') });
    client.push([1, 2]);
    expect(client.seqs).toEqual([1, 2]);
  });

  test('when a message of a newer epoch arrives, then the server decides how it continues', () => {
    client.live(5);
    client.push([1], { epoch: LATER });
    expect(client.seqs).toEqual([]);
    client.advance(HOLD);
    expect(client.sent('subscribe').at(-1)!.cursor).toBe(cursorAt(5));
    client.answer({ verdict: 'reset', origins: [ORIGIN], messages: [message(1, { epoch: LATER })] });
    expect(client.messages.map(({ epoch, seq }) => [epoch, seq])).toEqual([[LATER, 1]]);
    expect(client.verdicts).toEqual([{ channel: CHANNEL, verdict: 'reset', origins: [ORIGIN] }]);
    expect(client.core.channel(CHANNEL).cursorText).toBe(cursorAt(1, ORIGIN, LATER));
  });

  test('when a message of an older epoch arrives, then it is dropped', () => {
    client.connect();
    client.core.subscribe(CHANNEL);
    client.answer({ cursor: cursorAt(1, ORIGIN, LATER) });
    client.push([9]);
    client.push([2], { epoch: LATER });
    expect(client.messages.map(({ epoch, seq }) => [epoch, seq])).toEqual([[LATER, 2]]);
    client.advance(HOLD * 2);
    expect(client.sent('subscribe')).toHaveLength(1);
  });
});
