// Publishes that are not awaited: they keep their order, share batches, and each call gets its own answer.
import fc from 'fast-check';
import type { PublishOk } from '../../../protocol';
import { CHANNEL, ClientHarness, EPOCH, ORIGIN, type Sent, URL } from '../../support/client/client-harness';

const OTHER = 'chat:other';

let client: ClientHarness;
beforeEach(() => {
  client = new ClientHarness();
});

const ids = ({ messages }: Sent): string[] => messages!.map(({ id }) => id);
const frames = (channel = CHANNEL): string[][] =>
  client
    .sent('publish')
    .filter((one) => one.channel === channel)
    .map(ids);
const publishAll = (...all: string[]): number =>
  client.call((call) => {
    client.core.call({
      kind: 'publish',
      channel: CHANNEL,
      fields: { messages: all.map((id) => ({ id, data: id })) },
      call: call,
    });
  });
/** Acknowledges a batch (by default the newest one): its messages are stored from `seq` on. */
function acknowledge(seq: number, frame = client.sent('publish').at(-1)!): void {
  client.reply(frame, ok(ids(frame), seq));
}
const ok = (all: readonly string[], seq: number): PublishOk => ({
  origin: ORIGIN,
  epoch: EPOCH,
  ids: all,
  seqs: all.map((_, i) => seq + i),
});

describe('order', () => {
  test('given a publish in flight, when more are made, then they are sent together after its answer', () => {
    client.connect();
    const calls = ['a', 'b', 'c', 'd'].map((id) => client.publish(id, id));
    expect(frames()).toEqual([['a']]);
    acknowledge(5);
    expect(frames()).toEqual([['a'], ['b', 'c', 'd']]);
    acknowledge(6);
    expect(calls.map((call) => client.outcome(call))).toEqual(
      ['a', 'b', 'c', 'd'].map((id, i) => ({ value: ok([id], 5 + i) })),
    );
  });

  test('given a publish in flight, then publishes to another channel are sent', () => {
    client.connect();
    client.publish(1, 'a');
    client.publish(1, 'b', undefined, OTHER);
    expect([frames(), frames(OTHER)]).toEqual([[['a']], [['b']]]);
  });

  test('given publishes while disconnected, when it connects, then they are sent together', () => {
    for (const id of ['a', 'b', 'c']) client.publish(1, id);
    client.openNext();
    expect(frames()).toEqual([['a', 'b', 'c']]);
  });

  test('when the connection is lost, then the batch in flight is sent first on the next one, unchanged', () => {
    const first = client.connect();
    for (const id of ['a', 'b', 'c']) client.publish(1, id);
    acknowledge(1);
    client.core.closed(first);
    client.publish(1, 'd');
    client.advance(500);
    const second = client.openNext();
    expect(frames()).toEqual([['a'], ['b', 'c'], ['b', 'c']]);
    const [, before, after] = client.of('send').filter(({ text }) => text.includes('publish'));
    expect(after).toEqual({ ...before, socket: second, text: `${before!.text.slice(0, -1)},"retry":true}` });
    acknowledge(2);
    expect(frames().at(-1)).toEqual(['d']);
  });

  test('when data changes after the call, then the original is sent', () => {
    client.connect();
    client.publish(1, 'a');
    const data = { n: 1 };
    client.publish(data, 'b');
    data.n = 2;
    acknowledge(1);
    expect(client.sent('publish').at(-1)!.messages).toEqual([{ id: 'b', data: { n: 1 } }]);
  });
});

describe('a batch', () => {
  test('holds whole calls, and at most 25 messages', () => {
    client.connect();
    client.publish(1, 'first');
    for (let i = 0; i < 24; i++) client.publish(i, `m${i}`);
    const pair = publishAll('x', 'y');
    acknowledge(1);
    expect(frames().at(-1)).toEqual(Array.from({ length: 24 }, (_, i) => `m${i}`));
    acknowledge(2);
    acknowledge(26);
    expect(client.outcome(pair)).toEqual({ value: ok(['x', 'y'], 26) });
  });

  test('holds at most 24 KB', () => {
    client.connect();
    client.publish(1, 'first');
    const empty = '[{"id":"a","data":""},{"id":"b","data":""}]'.length;
    client.publish('ä'.repeat(6_000), 'a');
    client.publish('x'.repeat(24 * 1024 - empty - 12_000), 'b');
    client.publish('x'.repeat(12_000), 'c');
    client.publish('x'.repeat(12_571), 'd');
    acknowledge(1);
    acknowledge(2);
    acknowledge(4);
    expect(frames()).toEqual([['first'], ['a', 'b'], ['c'], ['d']]);
  });

  test('holds each id once', () => {
    client.connect();
    for (const id of ['first', 'same', 'other', 'same']) client.publish(1, id);
    acknowledge(1);
    acknowledge(2);
    expect(frames()).toEqual([['first'], ['same', 'other'], ['same']]);
  });

  test('given a namespace of ordering: fifo, then each call gets its ids without positions', () => {
    client.connect();
    const calls = ['a', 'b', 'c'].map((id) => client.publish(1, id));
    acknowledge(1);
    client.reply(client.sent('publish').at(-1)!, { origin: ORIGIN, ids: ['b', 'c'] });
    expect(client.outcome(calls[2]!)).toEqual({ value: { origin: ORIGIN, ids: ['c'] } });
  });

  test('when it is refused for good, then each call is sent alone, and only the bad one fails', () => {
    client.connect();
    const [, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => client.publish(1, id));
    acknowledge(1);
    client.publish(1, 'e');
    client.refuse(client.sent('publish').at(-1)!, 'message_invalid');
    acknowledge(2);
    client.refuse(client.sent('publish').at(-1)!, 'message_invalid');
    acknowledge(3);
    expect(frames()).toEqual([['a'], ['b', 'c', 'd'], ['b'], ['c'], ['d'], ['e']]);
    expect([b, c, d].map((call) => client.outcome(call!))).toEqual([
      { value: ok(['b'], 2) },
      { error: expect.objectContaining({ error: 'message_invalid' }) },
      { value: ok(['d'], 3) },
    ]);
  });

  test('when it is refused for now, then it is retried unchanged', () => {
    client.connect();
    for (const id of ['a', 'b', 'c']) client.publish(1, id);
    acknowledge(1);
    client.refuse(client.sent('publish').at(-1)!, 'throttled');
    client.publish(1, 'd');
    client.advance(1_000);
    expect(frames()).toEqual([['a'], ['b', 'c'], ['b', 'c']]);
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
    acknowledge(1);
    expect(frames()).toEqual([['a'], ['c']]);
  });

  test('when it passes while the batch is in flight, then the batch goes on for the other calls', () => {
    const first = client.connect();
    client.publish(1, 'a');
    const late = client.publish(1, 'b', 300);
    const call = client.publish(1, 'c');
    acknowledge(1);
    client.advance(300);
    expect(client.outcome(late)).toMatchObject({ error: { error: 'request_timeout' } });
    client.core.closed(first);
    client.advance(500);
    client.openNext();
    expect(frames()).toEqual([['a'], ['b', 'c'], ['b', 'c']]);
    acknowledge(2);
    expect(client.outcome(call)).toEqual({ value: ok(['c'], 3) });
    expect([client.of('resolve').length, client.of('reject').length]).toEqual([2, 1]);
  });

  test('when it passes for all calls of a batch, then the next batch is sent, and the socket is pinged', () => {
    client.answersPings = false;
    client.connect();
    client.publish(1, 'a', 300);
    client.publish(1, 'b');
    client.advance(300);
    expect(frames()).toEqual([['a'], ['b']]);
    expect(client.sent('ping')).toHaveLength(1);
    client.refuse(client.sent('publish')[0]!, 'message_invalid');
    expect(client.of('reject')).toHaveLength(1);
  });
});

describe('a message that is published again with the same id', () => {
  const retries = (): (readonly [ids: string, retry: boolean])[] =>
    client.sent('publish').map((one) => [ids(one).join(), (one as { retry?: boolean }).retry === true]);
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
    acknowledge(1);
    acknowledge(2);
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
    acknowledge(1);
    client.advance(10_000);
    const [a, , b] = ['a', 'c', 'b'].map((id) => client.publish(1, id));
    expect(retries()).toEqual([
      ['first', false],
      ['a,b', false],
      ['a,b', true],
    ]);
    acknowledge(2);
    expect([a, b].map((call) => client.outcome(call!))).toEqual([{ value: ok(['a'], 2) }, { value: ok(['b'], 3) }]);
    expect(frames().at(-1)).toEqual(['c']);
  });

  test('while its batch is in flight for other calls, then the answer to the batch settles it', () => {
    client.connect();
    client.publish(1, 'first');
    client.publish(1, 'a', 300);
    client.publish(1, 'b');
    acknowledge(1);
    client.advance(300);
    const again = client.publish(1, 'a');
    acknowledge(2);
    expect(client.outcome(again)).toEqual({ value: ok(['a'], 2) });
    expect(frames()).toEqual([['first'], ['a', 'b']]);
  });

  test('when the answer to its batch arrived meanwhile, then it resolves at once', () => {
    client.connect();
    client.publish(1, 'first');
    client.publish(1, 'b');
    client.publish(1, 'a', 300);
    acknowledge(1);
    client.advance(300);
    acknowledge(2);
    const again = client.publish(1, 'a');
    expect(client.outcome(again)).toEqual({ value: ok(['a'], 3) });
    expect(frames()).toEqual([['first'], ['b', 'a']]);
    expect([...client.timers.keys()].filter((name) => name.startsWith('publish'))).toEqual([]);
  });

  test('with other data, then it is sent alone', () => {
    client.connect();
    for (const id of ['first', 'a', 'b']) client.publish(1, id);
    acknowledge(1);
    client.advance(10_000);
    client.publish(2, 'a');
    expect(retries().at(-1)).toEqual(['a', true]);
  });

  test('after an answer, then the field retry is absent', () => {
    timedOut();
    client.publish(1, 'a');
    acknowledge(1);
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
    acknowledge(1);
    acknowledge(2);
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
    acknowledge(1);
    expect(retries().slice(-2)).toEqual([
      ['m0', false],
      [expect.stringMatching(/^m1,m2,/), true],
    ]);
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

// --- any order of events

type Step =
  | { readonly type: 'publish'; readonly channel: string; readonly size: number; readonly timeout: number | undefined }
  | { readonly type: 'serve' | 'lose' | 'again'; readonly pick: number }
  | { readonly type: 'refuse'; readonly pick: number; readonly error: 'throttled' | 'message_invalid' }
  | { readonly type: 'gateway' | 'drop' | 'open' | 'rotate' }
  | { readonly type: 'wait'; readonly ms: number };

/** A server that handles requests in any order, and recognizes a repeated publish by its whole batch. */
class Server {
  public readonly logs: Record<string, string[]> = { [CHANNEL]: [], [OTHER]: [] };
  /** Publishes by call: the channel, the ids, and whether they are published for the first time. */
  public readonly calls = new Map<number, { channel: string; ids: readonly string[]; isFirst: boolean }>();
  private readonly entries = new Map<string, number>();
  private readonly open = new Set<number>();
  private inbox: Sent[] = [];
  private opening: number[] = [];
  private lastId = 0;

  public constructor() {
    client.listener = (command) => {
      if (command.type === 'fetchToken') client.core.tokenReady(command.attempt, 'token');
      else if (command.type === 'open') this.opening.push(command.socket);
      else if (command.type === 'close') this.open.delete(command.socket);
      else if (command.type === 'send' && command.text.includes('publish'))
        this.inbox.push({ socket: command.socket, ...JSON.parse(command.text) });
    };
    client.core.connect();
  }

  public run(step: Step): void {
    const [socket] = this.open;
    switch (step.type) {
      case 'publish': {
        const all = Array.from({ length: step.size }, () => `m${(this.lastId += 1)}`);
        this.publish(step.channel, all, step.timeout, true);
        break;
      }
      case 'again': {
        // Once at a time, like an application that awaits the result.
        const failed = client.of('reject').map(({ call }) => this.calls.get(call)!);
        const all = failed[step.pick % Math.max(1, failed.length)];
        const last = [...this.calls].findLast(([, one]) => one.ids === all?.ids)?.[0] ?? 0;
        const outcome = client.outcome(last);
        if (all !== undefined && outcome !== undefined && 'error' in outcome)
          this.publish(all.channel, all.ids, undefined, false);
        break;
      }
      case 'serve':
      case 'lose':
        this.serve(step.pick, step.type === 'lose');
        break;
      case 'refuse': {
        const frame = this.take(step.pick);
        if (frame !== undefined && this.open.has(frame.socket)) client.refuse(frame, step.error);
        break;
      }
      case 'gateway':
        if (socket !== undefined) client.core.received(socket, '{"message":"Internal server error"}');
        break;
      case 'drop':
        if (socket === undefined) break;
        this.open.delete(socket);
        client.core.closed(socket);
        break;
      case 'open':
        for (const one of this.opening.splice(0)) {
          this.open.add(one);
          client.core.opened(one, URL);
        }
        break;
      case 'rotate':
        if (client.timers.has('rotate')) client.core.timer('rotate');
        break;
      case 'wait':
        client.advance(step.ms);
    }
  }

  private publish(channel: string, all: readonly string[], timeout: number | undefined, isFirst: boolean): void {
    const call = client.call((one) => {
      const messages = all.map((id) => ({ id, data: id }));
      client.core.call({ kind: 'publish', channel, fields: { messages }, call: one, timeout });
    });
    this.calls.set(call, { channel, ids: all, isFirst });
  }

  private serve(pick: number, isLost: boolean): void {
    const frame = this.take(pick);
    if (frame === undefined) return;
    const log = this.logs[frame.channel!]!;
    const entry = ids(frame).join();
    const found = (frame as { retry?: boolean }).retry === true ? this.entries.get(entry) : undefined;
    const seq = found ?? log.length + 1;
    if (found === undefined) log.push(...ids(frame));
    this.entries.set(entry, seq);
    if (!isLost && this.open.has(frame.socket)) client.reply(frame, ok(ids(frame), seq));
  }

  private take(pick: number): Sent | undefined {
    return this.inbox.length === 0 ? undefined : this.inbox.splice(pick % this.inbox.length, 1)[0];
  }
}

const pick = fc.nat(1_000);
const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        type: fc.constant('publish' as const),
        channel: fc.constantFrom(CHANNEL, CHANNEL, OTHER),
        size: fc.constantFrom(1, 1, 1, 2, 20),
        timeout: fc.constantFrom(undefined, 50, 2_000),
      }),
    },
    { weight: 10, arbitrary: fc.record({ type: fc.constant('serve' as const), pick }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('lose' as const, 'again' as const), pick }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('refuse' as const),
        pick,
        error: fc.constantFrom('throttled' as const, 'message_invalid' as const),
      }),
    },
    { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('open', 'open', 'open', 'gateway', 'drop', 'rotate') }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(10, 60, 600, 3_000, 16_000) }),
    },
  ),
  { minLength: 10, maxLength: 100 },
);

const isRising = (numbers: readonly number[]): boolean => numbers.every((one, i) => i === 0 || numbers[i - 1]! < one);

test('for any schedule, then messages are sent and stored in the order of the calls, and each call settles once', () => {
  fc.assert(
    fc.property(steps, (schedule) => {
      client = new ClientHarness();
      const server = new Server();
      for (const step of schedule) server.run(step);
      client.advance(20_000);
      const settled = [...client.of('resolve'), ...client.of('reject')].map(({ call }) => call);
      expect(settled.sort((a, b) => a - b)).toEqual([...server.calls.keys()]);
      for (const channel of [CHANNEL, OTHER]) {
        // Ids count up in the order of the calls. Messages that are published again are not compared.
        const again = new Set([...server.calls.values()].flatMap((one) => (one.isFirst ? [] : one.ids)));
        const sent = [...new Set(frames(channel).flat())].filter((id) => !again.has(id));
        expect(isRising(sent.map((id) => Number(id.slice(1))))).toBe(true);
        const acknowledged = client.of('resolve').flatMap(({ call, value }) => {
          const one = server.calls.get(call)!;
          const { ids: those, seqs } = value as PublishOk;
          expect([those, seqs!.map((seq) => server.logs[one.channel]![seq - 1])]).toEqual([one.ids, one.ids]);
          return one.channel === channel && one.isFirst ? [[call, seqs![0]!] as const] : [];
        });
        expect(isRising(acknowledged.sort(([a], [b]) => a - b).map(([, seq]) => seq))).toBe(true);
      }
      // A retry has the same text. No timer is left.
      const texts = new Map<number, string>();
      for (const { text } of client.of('send').filter((one) => one.text.includes('publish'))) {
        const { id } = JSON.parse(text);
        const plain = text.replace(',"retry":true}', '}');
        expect(plain).toBe(texts.get(id) ?? plain);
        texts.set(id, plain);
      }
      expect([...client.timers.keys()].filter((name) => /^(publish|retry)/.test(name))).toEqual([]);
    }),
    { numRuns: Number(process.env.CLIENT_RUNS ?? 1_500) },
  );
}, 60_000);

test('given a server that keeps the order, for any schedule, then a message that is published again is stored once', () => {
  fc.assert(
    fc.property(steps, (schedule) => {
      client = new ClientHarness();
      const server = new Server();
      for (const step of schedule) {
        // A server that refuses for good what it stores when it is sent again is none.
        if (step.type === 'refuse') server.run({ ...step, pick: 0, error: 'throttled' });
        else server.run(step.type === 'serve' || step.type === 'lose' ? { ...step, pick: 0 } : step);
      }
      for (const log of Object.values(server.logs)) expect([...new Set(log)]).toEqual(log);
    }),
    { numRuns: Number(process.env.CLIENT_RUNS ?? 1_500) },
  );
}, 60_000);
