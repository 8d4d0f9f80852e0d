import { dispatch } from '../../../../../lambda/core/dispatch';
import { publishDirect } from '../../../../../lambda/core/publish/http-publish';
import { append } from '../../../../../lambda/core/log/append';
import { TailHints } from '../../../../../lambda/core/log/tail';
import { locate } from '../../../../../lambda/core/log/message-pages';
import { writeBatch } from '../../../../../lambda/core/publish/fifo-batch';
import { connect, HOUR, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'orders:1';
const KEY = { channel: CHANNEL, origin: 'eu-west-1' };
const deadline = Number.POSITIVE_INFINITY;

const publish = (world: MemoryWorld, id: string, from = 'server', data: unknown = id) =>
  publishDirect(world, { channel: CHANNEL, messages: [{ id, data }], from }, deadline);
const log = (world: MemoryWorld) =>
  (world.logs.entries.get(`${CHANNEL}#eu-west-1`) ?? []).flatMap((entry) => locate(entry, 'eu-west-1'));
const ids = (world: MemoryWorld) => log(world).map(({ id }) => id);
/** Another instance of the writer, without hints. */
const cold = (world: MemoryWorld): MemoryWorld => ({ ...world, hints: new TailHints() });

async function subscribed(world: MemoryWorld): Promise<() => string[][]> {
  const caller = await connect(world, 'c1');
  await dispatch(world, caller, JSON.stringify({ action: 'subscribe', id: 1, channel: CHANNEL }), deadline);
  return () => (world.transport.frames.get('c1') ?? []).map((frame: any) => frame.messages.map(({ id }: any) => id));
}

test('when a client publishes, then the queue stores it and the answer has no sequence numbers', async () => {
  const world = memoryWorld();
  const caller = await connect(world, 'c1');
  const frame = { action: 'publish', id: 7, channel: CHANNEL, messages: [{ id: 'm', data: 1 }, { data: 2 }] };

  const reply = await dispatch(world, caller, JSON.stringify(frame), deadline);

  expect(reply).toEqual({ id: 7, ok: { origin: 'eu-west-1', ids: ['m', 'id-1'] } });
  expect(world.queue.sent).toEqual([
    {
      channel: CHANNEL,
      from: 'user-c1',
      messages: [
        { id: 'm', data: 1, enc: 'json' },
        { id: 'id-1', data: 2, enc: 'json' },
      ],
    },
  ]);
  expect(log(world)).toEqual([]);
});

test('when a batch is written, then it becomes one entry and one frame, each message with its sender', async () => {
  const world = memoryWorld();
  const frames = await subscribed(world);
  for (const [id, from] of [
    ['a', 'ada'],
    ['b', 'grace'],
    ['c', 'ada'],
  ] as const)
    await publish(world, id, from);

  expect(await writeBatch(world, world.queue.records(), deadline)).toEqual([]);

  expect(world.logs.entries.get(`${CHANNEL}#eu-west-1`)).toHaveLength(1);
  expect(log(world).map(({ seq, id, from }) => [seq, id, from])).toEqual([
    [1, 'a', 'ada'],
    [2, 'b', 'grace'],
    [3, 'c', 'ada'],
  ]);
  expect(frames()).toEqual([['a', 'b', 'c']]);
});

test('when a full batch is written, then workers do the channel’s fan-out for ten seconds', async () => {
  const world = memoryWorld();
  const frames = await subscribed(world);
  const writeAll = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await publish(world, `${world.queue.sent.length}`);
    await writeBatch(world, world.queue.records().slice(-count), deadline);
  };

  await writeAll(9);
  expect(world.jobs.sent).toHaveLength(0);
  expect(frames()).toHaveLength(1);

  await writeAll(10);
  // A later message must not overtake those that wait for a worker.
  await writeAll(1);
  expect(world.jobs.sent.map(({ shard, push }) => [shard, push.messages.length])).toEqual([
    [0, 10],
    [0, 1],
  ]);
  expect(frames()).toHaveLength(1);

  await world.runtime.sleep(10_000);
  await writeAll(1);
  expect(world.jobs.sent).toHaveLength(2);
  expect(frames()).toHaveLength(2);
});

test('given more publishes than one may hold, when they are written, then each entry keeps the limits of a publish', async () => {
  const world = memoryWorld();
  const large = 'x'.repeat(10_000);
  for (let i = 0; i < 5; i++) await publish(world, `large${i}`, 'ada', large);
  for (let i = 0; i < 2; i++) {
    const messages = Array.from({ length: 15 }, (_, n) => ({ id: `many${i}-${n}`, data: n }));
    await publishDirect(world, { channel: CHANNEL, messages }, deadline);
  }

  expect(await writeBatch(world, world.queue.records(), deadline)).toEqual([]);

  const entries = world.logs.entries.get(`${CHANNEL}#eu-west-1`) ?? [];
  expect(entries.map(({ messages }) => messages.length)).toEqual([2, 2, 16, 15]);
  expect(log(world).map(({ seq }) => seq)).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
});

describe('given redelivered publishes, then they are stored once', () => {
  test.each([
    ['the same instance', (world: MemoryWorld) => world],
    ['another instance', cold],
  ])('when %s writes them', async (_, other) => {
    const world = memoryWorld();
    const frames = await subscribed(world);
    for (const id of ['a', 'b', 'c']) await publish(world, id);
    await writeBatch(world, world.queue.records().slice(0, 2), deadline);

    expect(await writeBatch(other(world), world.queue.records(0, 2), deadline)).toEqual([]);

    expect(ids(world)).toEqual(['a', 'b', 'c']);
    // Fanned out again: the first attempt may have died before its fan-out.
    expect(frames()).toEqual([['a', 'b'], ['a', 'b'], ['c']]);
  });

  test('when the writer’s hint is older than the first attempt', async () => {
    const world = memoryWorld();
    const other = cold(world);
    await publish(world, 'a');
    await writeBatch(other, world.queue.records(), deadline);
    for (const id of ['b', 'c']) await publish(world, id);
    await writeBatch(world, world.queue.records(1), deadline);

    expect(await writeBatch(other, world.queue.records(1, 2), deadline)).toEqual([]);
    expect(ids(world)).toEqual(['a', 'b', 'c']);
  });

  test('when the answer to the first write was lost', async () => {
    const world = memoryWorld();
    const frames = await subscribed(world);
    await publish(world, 'a');
    world.logs.loseAnswers = 1;

    expect(await writeBatch(world, world.queue.records(), deadline)).toEqual([]);
    expect([ids(world), frames()]).toEqual([['a'], [['a']]]);
  });

  test('when two writers write them at once', async () => {
    const world = memoryWorld();
    for (const id of ['a', 'b', 'c']) await publish(world, id);
    const [one, other] = [cold(world), cold(world)];
    await Promise.all([
      writeBatch(one, world.queue.records().slice(0, 2), deadline),
      writeBatch(other, world.queue.records(0, 2), deadline),
    ]);
    expect(ids(world)).toEqual(['a', 'b', 'c']);
  });

  test('when a publisher has appended directly since, while the ordering changes', async () => {
    const world = memoryWorld();
    await publish(world, 'a');
    await writeBatch(world, world.queue.records(), deadline);
    await append(cold(world), { key: KEY, from: 'old', messages: [{ id: 'direct', data: 1 }], retention: HOUR });

    expect(await writeBatch(cold(world), world.queue.records(0, 2), deadline)).toEqual([]);
    expect(ids(world)).toEqual(['a', 'direct']);
  });
});

test('when a write fails, then the rest of its channel is received again in order, and other channels are written', async () => {
  const world = memoryWorld();
  for (const id of ['a', 'b']) await publish(world, id);
  await publishDirect(world, { channel: 'orders:2', messages: [{ id: 'other', data: 1 }] }, deadline);
  const appendNow = world.logs.append.bind(world.logs);
  world.logs.append = (key, entry) =>
    key.channel === CHANNEL ? Promise.reject(new Error('no table')) : appendNow(key, entry);

  expect(await writeBatch(world, world.queue.records(0, 3), deadline)).toEqual(['r0', 'r1']);
  expect(world.queue.again).toEqual([{ ids: ['r0', 'r1'], seconds: 4 }]);
  expect(world.logs.entries.get('orders:2#eu-west-1')).toHaveLength(1);
});

test.each([
  [1, 1],
  [40, 60],
])('given a record received %s times, when it fails, then it is received again after %i s', async (count, seconds) => {
  const world = memoryWorld();
  const record = { id: 'r', body: 'not JSON', group: CHANNEL, sequence: '1', receiveCount: count, receipt: '' };
  expect(await writeBatch(world, [record], deadline)).toEqual(['r']);
  expect(world.queue.again).toEqual([{ ids: ['r'], seconds }]);
});

test('given a queue that replaced another, when its numbers are smaller, then its publishes are stored', async () => {
  const world = memoryWorld();
  for (const id of ['a', 'b']) await publish(world, id);
  const [a, b] = world.queue.records();
  await writeBatch(world, [{ ...a!, sequence: 'old:900' }], deadline);
  await writeBatch(world, [{ ...b!, sequence: 'new:1' }], deadline);
  expect(ids(world)).toEqual(['a', 'b']);
});

test('given a passed deadline, when a batch is written, then nothing is stored and it is received again at once', async () => {
  const world = memoryWorld();
  await publish(world, 'a');
  expect(await writeBatch(world, world.queue.records(0, 7), world.runtime.now())).toEqual(['r0']);
  // Running out of time is no failure.
  expect(world.queue.again).toEqual([{ ids: ['r0'], seconds: 0 }]);
  expect(log(world)).toEqual([]);
});

test('given sequence numbers beyond 2^53, then they are compared exactly', async () => {
  const world = memoryWorld();
  for (const id of ['a', 'b']) await publish(world, id);
  const [a, b] = world.queue.records();
  await writeBatch(world, [{ ...a!, sequence: '9'.repeat(20) }], deadline);
  await writeBatch(world, [{ ...b!, sequence: `1${'0'.repeat(20)}` }], deadline);
  expect(ids(world)).toEqual(['a', 'b']);
});

describe('publish with an idempotency key', () => {
  const once = (world: MemoryWorld) =>
    publishDirect(world, { channel: CHANNEL, messages: [{ data: 1 }, { data: 2 }], idempotencyKey: 'key' }, deadline);

  test('when it is sent again after the queue’s five minutes, then it is stored once', async () => {
    const world = memoryWorld();
    const frames = await subscribed(world);
    await publish(world, 'before');
    world.idempotency.settles = false;
    const { ids: made } = await once(world);
    world.idempotency.settles = true;
    await publish(world, 'between');
    await once(world);
    await publish(world, 'after');

    expect(await once(world)).toEqual({ origin: 'eu-west-1', ids: made });
    // After five minutes, the queue delivers both.
    expect(world.queue.sent).toHaveLength(5);
    expect(await writeBatch(world, world.queue.records(), deadline)).toEqual([]);

    expect(ids(world)).toEqual(['before', ...made, 'between', 'after']);
    expect(frames().at(-1)).toEqual(['after']);
  });

  test('given a first attempt that never reached the queue, when it is sent again, then it is stored', async () => {
    const world = memoryWorld();
    world.idempotency.settles = false;
    const { ids: made } = await once(world);
    world.idempotency.settles = true;
    world.queue.sent.length = 0;
    await once(world);
    await writeBatch(world, world.queue.records(), deadline);
    expect(ids(world)).toEqual(made);
  });
});
