// Publishes that are not awaited: they keep their order, share batches, and each call gets its own answer.
import { MAX_BATCH, MAX_PUBLISH_BYTES } from '../../../protocol';
import { CHANNEL, ORIGIN } from '../../support/client/client-harness';
import { OTHER, PublishHarness, publishOk } from '../../support/client/publish-harness';

let client: PublishHarness;
beforeEach(() => {
  client = new PublishHarness();
});

describe('order', () => {
  test('given a publish in flight, when more are made, then they are sent together after its answer', () => {
    client.connect();
    const calls = ['a', 'b', 'c', 'd'].map((id) => client.publish(id, id));
    expect(client.frames()).toEqual([['a']]);
    client.acknowledge(5);
    expect(client.frames()).toEqual([['a'], ['b', 'c', 'd']]);
    client.acknowledge(6);
    expect(calls.map((call) => client.outcome(call))).toEqual(
      ['a', 'b', 'c', 'd'].map((id, i) => ({ value: publishOk([id], 5 + i) })),
    );
  });

  test('given a publish in flight, then publishes to another channel are sent', () => {
    client.connect();
    client.publish(1, 'a');
    client.publish(1, 'b', undefined, OTHER);
    expect([client.frames(), client.frames(OTHER)]).toEqual([[['a']], [['b']]]);
  });

  test('given publishes while disconnected, when it connects, then they are sent together', () => {
    for (const id of ['a', 'b', 'c']) client.publish(1, id);
    client.openNext();
    expect(client.frames()).toEqual([['a', 'b', 'c']]);
  });

  test('when the connection is lost, then the batch in flight is sent first on the next one, unchanged', () => {
    const first = client.connect();
    for (const id of ['a', 'b', 'c']) client.publish(1, id);
    client.acknowledge(1);
    client.core.closed(first);
    client.publish(1, 'd');
    client.advance(500);
    const second = client.openNext();
    expect(client.frames()).toEqual([['a'], ['b', 'c'], ['b', 'c']]);
    const [, before, after] = client.of('send').filter(({ text }) => text.includes('publish'));
    expect(after).toEqual({ ...before, socket: second, text: `${before!.text.slice(0, -1)},"retry":true}` });
    client.acknowledge(2);
    expect(client.frames().at(-1)).toEqual(['d']);
  });

  test('when data changes after the call, then the original is sent', () => {
    client.connect();
    client.publish(1, 'a');
    const data = { n: 1 };
    client.publish(data, 'b');
    data.n = 2;
    client.acknowledge(1);
    expect(client.sent('publish').at(-1)!.messages).toEqual([{ id: 'b', data: { n: 1 } }]);
  });
});

describe('a batch', () => {
  test('holds whole calls, and at most 25 messages', () => {
    client.connect();
    client.publish(1, 'first');
    for (let i = 0; i < 24; i++) client.publish(i, `m${i}`);
    const pair = client.publishAll('x', 'y');
    client.acknowledge(1);
    expect(client.frames().at(-1)).toEqual(Array.from({ length: 24 }, (_, i) => `m${i}`));
    client.acknowledge(2);
    client.acknowledge(26);
    expect(client.outcome(pair)).toEqual({ value: publishOk(['x', 'y'], 26) });
  });

  test('holds at most 24 KB', () => {
    client.connect();
    client.publish(1, 'first');
    const empty = '[{"id":"a","data":""},{"id":"b","data":""}]'.length;
    client.publish('ä'.repeat(6_000), 'a');
    client.publish('x'.repeat(24 * 1024 - empty - 12_000), 'b');
    client.publish('x'.repeat(12_000), 'c');
    client.publish('x'.repeat(12_571), 'd');
    client.acknowledge(1);
    client.acknowledge(2);
    client.acknowledge(4);
    expect(client.frames()).toEqual([['first'], ['a', 'b'], ['c'], ['d']]);
  });

  test('holds each id once', () => {
    client.connect();
    for (const id of ['first', 'same', 'other', 'same']) client.publish(1, id);
    client.acknowledge(1);
    client.acknowledge(2);
    expect(client.frames()).toEqual([['first'], ['same', 'other'], ['same']]);
  });

  test('given a namespace of ordering: fifo, then each call gets its ids without positions', () => {
    client.connect();
    const calls = ['a', 'b', 'c'].map((id) => client.publish(1, id));
    client.acknowledge(1);
    client.reply(client.sent('publish').at(-1)!, { origin: ORIGIN, ids: ['b', 'c'] });
    expect(client.outcome(calls[2]!)).toEqual({ value: { origin: ORIGIN, ids: ['c'] } });
  });

  test('when it is refused for good, then each call is sent alone, and only the bad one fails', () => {
    client.connect();
    const [, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => client.publish(1, id));
    client.acknowledge(1);
    client.publish(1, 'e');
    client.refuse(client.sent('publish').at(-1)!, 'message_invalid');
    client.acknowledge(2);
    client.refuse(client.sent('publish').at(-1)!, 'message_invalid');
    client.acknowledge(3);
    expect(client.frames()).toEqual([['a'], ['b', 'c', 'd'], ['b'], ['c'], ['d'], ['e']]);
    expect([b, c, d].map((call) => client.outcome(call!))).toEqual([
      { value: publishOk(['b'], 2) },
      { error: expect.objectContaining({ error: 'message_invalid' }) },
      { value: publishOk(['d'], 3) },
    ]);
  });

  test('when it is refused for now, then it is retried unchanged', () => {
    client.connect();
    for (const id of ['a', 'b', 'c']) client.publish(1, id);
    client.acknowledge(1);
    client.refuse(client.sent('publish').at(-1)!, 'throttled');
    client.publish(1, 'd');
    client.advance(1_000);
    expect(client.frames()).toEqual([['a'], ['b', 'c'], ['b', 'c']]);
  });
});

describe('the timeout of a call', () => {
  test('when it passes before the call was sent, then it is not sent', () => {
    client.connect();
    client.publish(1, 'a');
    const late = client.publish(1, 'b', 300);
    client.publish(1, 'c');
    client.advance(300);
    expect(client.outcome(late)).toMatchObject({ error: { error: 'request_timeout' } });
    client.acknowledge(1);
    expect(client.frames()).toEqual([['a'], ['c']]);
  });

  test('when it passes while the batch is in flight, then the batch goes on for the other calls', () => {
    const first = client.connect();
    client.publish(1, 'a');
    const late = client.publish(1, 'b', 300);
    const call = client.publish(1, 'c');
    client.acknowledge(1);
    client.advance(300);
    expect(client.outcome(late)).toMatchObject({ error: { error: 'request_timeout' } });
    client.core.closed(first);
    client.advance(500);
    client.openNext();
    expect(client.frames()).toEqual([['a'], ['b', 'c'], ['b', 'c']]);
    client.acknowledge(2);
    expect(client.outcome(call)).toEqual({ value: publishOk(['c'], 3) });
    expect([client.of('resolve').length, client.of('reject').length]).toEqual([2, 1]);
  });

  test('when it passes for all calls of a batch, then the next batch is sent, and the socket is pinged', () => {
    client.answersPings = false;
    client.connect();
    client.publish(1, 'a', 300);
    client.publish(1, 'b');
    client.advance(300);
    expect(client.frames()).toEqual([['a'], ['b']]);
    expect(client.sent('ping')).toHaveLength(1);
    client.refuse(client.sent('publish')[0]!, 'message_invalid');
    expect(client.of('reject')).toHaveLength(1);
  });
});

test('when the client is closed, then calls in flight and waiting calls reject once', () => {
  client.connect();
  for (const id of ['a', 'b', 'c']) client.publish(1, id);
  client.core.close();
  expect(client.of('reject').map(({ call, error }) => [call, error])).toEqual(
    [1, 2, 3].map((call) => [call, expect.objectContaining({ error: 'client_closed' })]),
  );
  expect(client.timers.size).toBe(0);
});

describe('limits of a batch', () => {
  const dataOfBytes = (id: string, bytes: number): string =>
    'x'.repeat(bytes - JSON.stringify({ id, data: '' }).length);

  test('given waiting messages that fill a publish exactly, then they are sent together, and one byte more is not', () => {
    // Brackets around two messages, and a comma between them.
    const half = (MAX_PUBLISH_BYTES - 3) / 2;
    for (const more of [0, 1]) {
      const one = new PublishHarness();
      one.connect();
      one.publish(1, 'first');
      one.publish(dataOfBytes('a', Math.floor(half)), 'a');
      one.publish(dataOfBytes('b', Math.ceil(half) + more), 'b');
      one.acknowledge(1);
      expect(one.frames()).toEqual([['first'], more === 0 ? ['a', 'b'] : ['a']]);
    }
  });

  test('given as many waiting messages as a batch may have, then they are sent together, and one more is not', () => {
    const ids = Array.from({ length: MAX_BATCH + 1 }, (_, i) => `m${i}`);
    client.connect();
    client.publish(1, 'first');
    for (const id of ids) client.publish(1, id);
    client.acknowledge(1);
    expect(client.frames()).toEqual([['first'], ids.slice(0, MAX_BATCH)]);
  });

  test('given messages without ids, then they share a batch', () => {
    client.connect();
    client.publish(1, 'first');
    const anonymous = () =>
      client.call((call) => {
        client.core.call({ kind: 'publish', channel: CHANNEL, fields: { messages: [{ data: 1 }] }, call });
      });
    anonymous();
    anonymous();
    client.acknowledge(1);
    expect(client.sent('publish').at(-1)!.messages).toEqual([{ data: 1 }, { data: 1 }]);
  });
});

describe('late events', () => {
  test('when an answer comes twice, then the second one is ignored', () => {
    client.connect();
    const call = client.publish(1, 'a');
    const frame = client.sent('publish').at(-1)!;
    client.acknowledge(1, frame);
    client.acknowledge(7, frame);
    expect(client.of('resolve')).toHaveLength(1);
    expect(client.outcome(call)).toEqual({ value: publishOk(['a'], 1) });
  });

  test('when the client closes while nothing is in flight, then waiting publishes fail', () => {
    const call = client.publish(1, 'a');
    client.core.close();
    expect(client.outcome(call)).toMatchObject({ error: { error: 'client_closed' } });
    expect(client.of('reject')).toHaveLength(1);
  });

  test('when a call has failed by its timeout, then the refusal of its batch fails only the others', () => {
    client.connect();
    client.publish(1, 'first');
    const short = client.publish(1, 'a', 1_000);
    const long = client.publish(1, 'b', 9_000);
    client.acknowledge(1);
    client.advance(1_000);
    expect(client.outcome(short)).toMatchObject({ error: { error: 'request_timeout' } });
    client.refuse(client.sent('publish').at(-1)!, 'message_invalid');
    // Only the call that still waits is sent again, alone.
    expect(client.frames().at(-1)).toEqual(['b']);
    client.refuse(client.sent('publish').at(-1)!, 'message_invalid');
    expect(client.outcome(long)).toMatchObject({ error: { error: 'message_invalid' } });
    expect(client.of('reject')).toHaveLength(2);
  });
});
