// How one reply is made of the logs of several channels and origins: limits, order, verdict.
import { DELETE_GRACE, epochAt } from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { MAX_REPLY_BYTES } from '../../../../../lambda/core/log/message-pages';
import type { ReadContext } from '../../../../../lambda/core/log/retention';
import { catchUp, unsubscribe } from '../../../../../lambda/core/subscribe/subscribe';
import { sync } from '../../../../../lambda/core/subscribe/sync';
import { type Cursor, encodeCursor, MAX_PAGE, RealtimeError } from '../../../../../protocol';
import { dispatch } from '../../../../../lambda/core/dispatch';
import { connect, HOUR, MemoryLogs, memoryWorld } from '../../../../support/memory/memory';
import { MemoryConnections } from '../../../../support/memory/memory-connections';

const [EU, US] = ['eu-west-1', 'us-east-1'];
const T = Date.UTC(2026, 0, 1);
const [E1, E2] = [epochAt(T), epochAt(T + HOUR)];
const FAR = T + 1_000 * HOUR;
const context: ReadContext = { now: T + HOUR, retention: HOUR };

function entry(seq: number, more: Partial<Entry> = {}, data: unknown = seq): Entry {
  const messages = [{ id: `m${seq}`, data, enc: 'json' }];
  return { epoch: E1, seq, ts: T + seq, from: 'ada', messages, deleteAfter: FAR, previousDeleteAfter: FAR, ...more };
}

function depsWith(logs: Readonly<Record<string, readonly Entry[]>>, ...origins: string[]) {
  const store = new MemoryLogs();
  for (const [name, entries] of Object.entries(logs)) store.entries.set(name, [...entries]);
  return { logs: store, origin: EU, origins };
}

const start = (...origins: string[]): Cursor =>
  Object.fromEntries(origins.map((origin) => [origin, { epoch: E1, seq: 0 }]));

describe('sync', () => {
  const many = (count: number, bytes: number): Entry[] =>
    Array.from({ length: count }, (_, i) => entry(i + 1, {}, 'x'.repeat(bytes)));
  const cursor = encodeCursor(start(EU));

  test('given large messages in several channels, then each channel has its share of the reply', async () => {
    const names = ['chat:a', 'chat:b', 'chat:c', 'chat:d'];
    const deps = depsWith(Object.fromEntries(names.map((name) => [`${name}#${EU}`, many(10, 10_000)])), EU);
    const { channels } = await sync(
      deps,
      { action: 'sync', id: 1, channels: Object.fromEntries(names.map((name) => [name, cursor])) },
      () => context,
    );
    const counts = Object.values(channels).map((answer) => ('error' in answer ? -1 : answer.messages.length));
    expect(counts).toEqual([2, 2, 2, 2]);
  });

  test('given an answer that fills the reply exactly, then it is sent, and one byte more only says that there is more', async () => {
    const answerTo = async (bytes: number) => {
      const deps = depsWith({ [`chat:a#${EU}`]: many(1, bytes) }, EU);
      const { channels } = await sync(deps, { action: 'sync', id: 1, channels: { 'chat:a': cursor } }, () => context);
      return channels['chat:a'] as Exclude<(typeof channels)[string], { error: object }>;
    };
    const small = await answerTo(10);
    // The reply without its messages, and the messages, each as JSON.
    const bare = JSON.stringify([['chat:a', { ...small, messages: [] }]]).length;
    const most = MAX_REPLY_BYTES - bare - JSON.stringify(small.messages).length + 10;
    expect((await answerTo(most)).messages).toHaveLength(1);
    expect(await answerTo(most + 1)).toEqual({ cursor, verdict: 'complete', messages: [], more: true });
  });

  test('given channels that are full and one without messages, then the latter is answered whole', async () => {
    const logs = { [`chat:a#${EU}`]: many(1, MAX_REPLY_BYTES), [`chat:b#${EU}`]: [entry(1, {}, 'x'), entry(2)] };
    const at = encodeCursor({ [EU]: { epoch: E1, seq: 2 } });
    const { channels } = await sync(
      depsWith(logs, EU),
      { action: 'sync', id: 1, channels: { 'chat:a': cursor, 'chat:b': at } },
      () => context,
    );
    expect(channels).toMatchObject({
      'chat:a': { cursor, messages: [], more: true },
      'chat:b': { cursor: at, messages: [], more: false },
    });
  });

  test('given a channel that the caller may not read, then only that is an error; a fault is thrown', async () => {
    const request = { action: 'sync', id: 1, channels: { 'chat:a': cursor, 'chat:b': cursor } } as const;
    const refusing = (error: Error) => (channel: string) => {
      if (channel === 'chat:a') throw error;
      return context;
    };
    const { channels } = await sync(depsWith({}, EU), request, refusing(new RealtimeError('capability_missing')));
    expect(channels).toMatchObject({ 'chat:a': { error: { name: 'capability_missing' } }, 'chat:b': { messages: [] } });
    await expect(sync(depsWith({}, EU), request, refusing(new Error('fault')))).rejects.toThrow('fault');
  });
});

describe('catchUp', () => {
  const from = (cursor: Cursor) => ({ cursor, context, bytes: MAX_REPLY_BYTES });

  test('given messages of two origins, then they are in the order of time, and the cursor is behind them', async () => {
    const deps = depsWith(
      {
        [`chat:a#${EU}`]: [entry(1, { ts: T + 10 }), entry(2, { ts: T + 30 })],
        [`chat:a#${US}`]: [entry(1, { ts: T + 20 }), entry(2, { ts: T + 40 })],
      },
      EU,
      US,
    );
    const { messages, verdict, origins, cursor, more } = await catchUp(deps, 'chat:a', from(start(EU, US)));
    expect(messages.map(({ origin, seq }) => `${origin} ${seq}`)).toEqual([`${EU} 1`, `${US} 1`, `${EU} 2`, `${US} 2`]);
    expect([verdict, origins, more]).toEqual(['complete', undefined, false]);
    expect(cursor).toBe(encodeCursor({ [EU]: { epoch: E1, seq: 2 }, [US]: { epoch: E1, seq: 2 } }));
  });

  test('given more messages than a page has, then each origin has its part of it', async () => {
    const log = Array.from({ length: MAX_PAGE }, (_, i) => entry(i + 1));
    const deps = depsWith({ [`chat:a#${EU}`]: log, [`chat:a#${US}`]: log }, EU, US);
    const { messages, more } = await catchUp(deps, 'chat:a', from(start(EU, US)));
    expect([messages.length, messages.filter(({ origin }) => origin === US).length, more]).toEqual([
      MAX_PAGE,
      MAX_PAGE / 2,
      true,
    ]);
  });

  test('given large messages, then each origin has its part of the bytes', async () => {
    const log = Array.from({ length: 10 }, (_, i) => entry(i + 1, {}, 'x'.repeat(20_000)));
    const deps = depsWith({ [`chat:a#${EU}`]: log, [`chat:a#${US}`]: log }, EU, US);
    const { messages } = await catchUp(deps, 'chat:a', from(start(EU, US)));
    expect(messages.map(({ origin, seq }) => `${origin} ${seq}`)).toEqual([`${EU} 1`, `${US} 1`, `${EU} 2`, `${US} 2`]);
  });

  test('given parts that fill a reply exactly, then all are sent; with one byte more, the last waits for the next page', async () => {
    const answerTo = (bytes: number) => {
      const deps = depsWith(
        { [`chat:a#${EU}`]: [entry(1, {}, 'x'.repeat(49_000))], [`chat:a#${US}`]: [entry(1, {}, 'x'.repeat(bytes))] },
        EU,
        US,
      );
      return catchUp(deps, 'chat:a', from(start(EU, US)));
    };
    const small = await answerTo(10);
    const sizes = small.messages.map((one) => JSON.stringify([one]).length);
    const most = MAX_REPLY_BYTES - sizes[0]! - sizes[1]! + 10;
    expect(await answerTo(most)).toMatchObject({ messages: [{}, {}], more: false });
    const { messages, more, cursor } = await answerTo(most + 1);
    expect([messages.length, more]).toEqual([1, true]);
    expect(cursor).toBe(encodeCursor({ [EU]: { epoch: E1, seq: 1 }, [US]: { epoch: E1, seq: 0 } }));
  });

  test('given a loss in one origin and a hole in another, then the loss is reported, with its origin only', async () => {
    const deps = depsWith({ [`chat:a#${EU}`]: [entry(1, { epoch: E2 })], [`chat:a#${US}`]: [entry(5)] }, EU, US);
    const { verdict, origins } = await catchUp(
      deps,
      'chat:a',
      from({ [EU]: { epoch: E1, seq: 1 }, [US]: { epoch: E1, seq: 1 } }),
    );
    expect([verdict, origins]).toEqual(['reset', [EU]]);
  });

  test('given a hole in one origin only, then it is pending, with that origin', async () => {
    const deps = depsWith({ [`chat:a#${EU}`]: [entry(1)], [`chat:a#${US}`]: [entry(5)] }, EU, US);
    const { verdict, origins } = await catchUp(deps, 'chat:a', from(start(EU, US)));
    expect([verdict, origins]).toEqual(['pending', [US]]);
  });

  test("given a gap in the log's own region, then it is a loss, and in another a hole", async () => {
    const expired = { previousDeleteAfter: T + 2 * HOUR + DELETE_GRACE };
    for (const [origin, verdict] of [
      [EU, 'expired'],
      [US, 'pending'],
    ] as const) {
      const deps = depsWith({ [`chat:a#${origin}`]: [entry(5, expired)] }, EU, US);
      expect(await catchUp(deps, 'chat:a', from({ [origin]: { epoch: E1, seq: 1 } }))).toMatchObject({
        verdict,
        origins: [origin],
      });
    }
  });
});

describe('subscribe with rewind', () => {
  test('given two origins, then the newest messages of both together are returned, in the order of time', async () => {
    const world = { ...memoryWorld(), origins: [EU, US] };
    const [first, second] = [{ previousDeleteAfter: 0 }, {}];
    world.runtime.time = T + 1_000;
    world.logs.entries.set(`chat:a#${EU}`, [entry(1, { ...first, ts: T + 10 }), entry(2, { ...second, ts: T + 30 })]);
    world.logs.entries.set(`chat:a#${US}`, [entry(1, { ...first, ts: T + 20 }), entry(2, { ...second, ts: T + 40 })]);
    const ask = async (rewind: object): Promise<unknown> => {
      const frame = JSON.stringify({ action: 'subscribe', id: 1, channel: 'chat:a', rewind });
      const reply: any = await dispatch(world, await connect(world, 'ada'), frame, Number.MAX_SAFE_INTEGER);
      return [reply.ok.messages.map(({ origin, seq }: any) => `${origin} ${seq}`), reply.ok.more];
    };
    expect(await ask({ last: 3 })).toEqual([[`${US} 1`, `${EU} 2`, `${US} 2`], false]);
    expect(await ask({ since: T + 30 })).toEqual([[`${EU} 2`, `${US} 2`], false]);
  });
});

test('given a channel that a connection is not subscribed to, when it unsubscribes, then nothing is deleted', async () => {
  const connections = new MemoryConnections();
  const remove = jest.spyOn(connections, 'removeSubscribers');
  expect(await unsubscribe(connections, 'c', 'chat:a')).toEqual({});
  expect(remove).not.toHaveBeenCalled();
});
