// Messages that are published again with the same id: their batches, the field `retry`, and the answer to each call.
import { CHANNEL } from '../../support/client/client-harness';
import { idsOf, PublishHarness, publishOk } from '../../support/client/publish-harness';

let client: PublishHarness;
beforeEach(() => {
  client = new PublishHarness();
});

describe('a message that is published again with the same id', () => {
  const retries = (): (readonly [ids: string, retry: boolean])[] =>
    client.sent('publish').map((one) => [idsOf(one).join(), (one as { retry?: boolean }).retry === true]);
  const timedOut = (): void => {
    client.connect();
    client.publish(1, 'a');
    client.advance(10_000);
  };

  test('after a timeout, then it is sent alone, with the field retry from the first try on', () => {
    timedOut();
    client.publish(1, 'other');
    client.publish(1, 'a');
    client.publish(1, 'next');
    client.acknowledge(1);
    client.acknowledge(2);
    expect(retries()).toEqual([
      ['a', false],
      ['other', false],
      ['a', true],
      ['next', false],
    ]);
  });

  test('given that it was never sent, then the field retry is absent', () => {
    client.publish(1, 'a', 300);
    client.advance(300);
    client.openNext();
    client.publish(1, 'a');
    expect(retries()).toEqual([['a', false]]);
  });

  test('given a batch of several calls, then the whole batch is sent again, and each call gets its answer', () => {
    client.connect();
    for (const id of ['first', 'a', 'b']) client.publish(1, id);
    client.acknowledge(1);
    client.advance(10_000);
    const [a, , b] = ['a', 'c', 'b'].map((id) => client.publish(1, id));
    expect(retries()).toEqual([
      ['first', false],
      ['a,b', false],
      ['a,b', true],
    ]);
    client.acknowledge(2);
    expect([a, b].map((call) => client.outcome(call!))).toEqual([
      { value: publishOk(['a'], 2) },
      { value: publishOk(['b'], 3) },
    ]);
    expect(client.frames().at(-1)).toEqual(['c']);
  });

  test('while its batch is in flight for other calls, then the answer to the batch settles it', () => {
    client.connect();
    client.publish(1, 'first');
    client.publish(1, 'a', 300);
    client.publish(1, 'b');
    client.acknowledge(1);
    client.advance(300);
    const again = client.publish(1, 'a');
    client.acknowledge(2);
    expect(client.outcome(again)).toEqual({ value: publishOk(['a'], 2) });
    expect(client.frames()).toEqual([['first'], ['a', 'b']]);
  });

  test('when the answer to its batch arrived meanwhile, then it resolves at once', () => {
    client.connect();
    client.publish(1, 'first');
    client.publish(1, 'b');
    client.publish(1, 'a', 300);
    client.acknowledge(1);
    client.advance(300);
    client.acknowledge(2);
    const again = client.publish(1, 'a');
    expect(client.outcome(again)).toEqual({ value: publishOk(['a'], 3) });
    expect(client.frames()).toEqual([['first'], ['b', 'a']]);
    expect([...client.timers.keys()].filter((name) => name.startsWith('publish'))).toEqual([]);
  });

  test('with other data, then it is sent alone', () => {
    client.connect();
    for (const id of ['first', 'a', 'b']) client.publish(1, id);
    client.acknowledge(1);
    client.advance(10_000);
    client.publish(2, 'a');
    expect(retries().at(-1)).toEqual(['a', true]);
  });

  test('after an answer, then the field retry is absent', () => {
    timedOut();
    client.publish(1, 'a');
    client.acknowledge(1);
    client.publish(1, 'a');
    expect(retries().map(([, retry]) => retry)).toEqual([false, true, false]);
  });

  test('after a refusal for good, then the field retry is present only if there was an earlier try', () => {
    client.connect();
    client.publish(1, 'a');
    client.refuse(client.sent('publish').at(-1)!, 'capability_missing');
    client.publish(1, 'a');
    client.refuse(client.sent('publish').at(-1)!, 'throttled');
    client.advance(1_000);
    client.refuse(client.sent('publish').at(-1)!, 'capability_missing');
    client.publish(1, 'a');
    expect(retries().map(([, retry]) => retry)).toEqual([false, false, true, true]);
  });

  test('given the option retry, then it is sent alone, with the field retry', () => {
    client.connect();
    client.publish(1, 'first');
    client.call((call) => {
      client.core.call({
        kind: 'publish',
        channel: CHANNEL,
        fields: { messages: [{ id: 'a', data: 1 }], retry: true },
        call: call,
      });
    });
    client.publish(1, 'b');
    client.acknowledge(1);
    client.acknowledge(2);
    expect(retries()).toEqual([
      ['first', false],
      ['a', true],
      ['b', false],
    ]);
  });

  test('when its id is older than the last thousand, then the field retry is absent', () => {
    client.connect();
    for (let i = 0; i <= 1_000; i++) client.publish(1, `m${i}`, i + 1);
    client.advance(1_001);
    client.publish(1, 'm0');
    client.publish(1, 'm1');
    client.acknowledge(1);
    expect(retries().slice(-2)).toEqual([
      ['m0', false],
      [expect.stringMatching(/^m1,m2,/), true],
    ]);
  });
});
