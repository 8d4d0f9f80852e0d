// Another writer takes the place: the queue's writer tries the next one, and gives up after many losses. What it stored before is
// delivered again, in order.
import { append, MAX_ATTEMPTS } from '../../../../../lambda/core/log/append';
import { TailHints } from '../../../../../lambda/core/log/tail';
import { writeBatch } from '../../../../../lambda/core/publish/fifo-batch';
import { publishDirect } from '../../../../../lambda/core/publish/http-publish';
import { dispatch } from '../../../../../lambda/core/dispatch';
import { MAX_BATCH, MAX_PUBLISH_BYTES } from '../../../../../protocol';
import { connect, HOUR, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'orders:1';
const KEY = { channel: CHANNEL, origin: 'eu-west-1' };
const deadline = Number.POSITIVE_INFINITY;

const publish = (world: MemoryWorld, id: string, from = 'server', data: unknown = id) =>
  publishDirect(world, { channel: CHANNEL, messages: [{ id, data }], from }, deadline);
const entriesOf = (world: MemoryWorld) => world.logs.entries.get(`${CHANNEL}#eu-west-1`) ?? [];
const ids = (world: MemoryWorld) => entriesOf(world).flatMap(({ messages }) => messages.map(({ id }) => id));

/** Appends directly, as another instance does while the ordering changes. */
const appendDirectly = (world: MemoryWorld, id: string) =>
  append({ ...world, hints: new TailHints() }, { key: KEY, from: 'old', messages: [{ id, data: 1 }], retention: HOUR });

/** Before each of the writer's first `count` appends, another instance appends one entry. */
function contend(world: MemoryWorld, count: number): () => number {
  let losses = 0;
  let isOther = false;
  world.logs.beforeAppend = async () => {
    if (isOther || losses >= count) return;
    losses += 1;
    isOther = true;
    await appendDirectly(world, `direct${losses}`);
    isOther = false;
  };
  return () => losses;
}

async function subscribed(world: MemoryWorld): Promise<() => string[][]> {
  const caller = await connect(world, 'c1');
  await dispatch(world, caller, JSON.stringify({ action: 'subscribe', id: 1, channel: CHANNEL }), deadline);
  return () => (world.transport.frames.get('c1') ?? []).map((frame: any) => frame.messages.map(({ id }: any) => id));
}

test.each([
  [1, 0],
  [2, 1],
  [3, 2],
])('given %d lost places, then the batch is stored after them, with %d waits', async (losses, waits) => {
  const world = memoryWorld();
  await publish(world, 'a');
  contend(world, losses);
  expect(await writeBatch(world, world.queue.records(), deadline)).toEqual([]);
  expect(ids(world)).toEqual([...Array.from({ length: losses }, (_, i) => `direct${i + 1}`), 'a']);
  expect(world.runtime.sleeps).toHaveLength(waits);
});

test('given losses without end, then the writer gives up after a number of attempts, and the publishes are received again', async () => {
  const world = memoryWorld();
  for (const id of ['a', 'b']) await publish(world, id);
  const losses = contend(world, 1_000);
  expect(await writeBatch(world, world.queue.records(), deadline)).toEqual(['r0', 'r1']);
  expect(losses()).toBe(MAX_ATTEMPTS);
  expect(world.runtime.sleeps).toHaveLength(MAX_ATTEMPTS - 2);
  expect(world.logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
    {
      message: 'queued publishes could not be written',
      fields: { channel: CHANNEL, waiting: 2, error: { error: 'append_contended' } },
    },
  ]);
});

test('given a lost place, when the next batch comes, then the writer reads the tail before it writes', async () => {
  const world = memoryWorld();
  await publish(world, 'a');
  contend(world, 1);
  await writeBatch(world, world.queue.records(), deadline);
  world.logs.beforeAppend = () => undefined;
  await appendDirectly(world, 'direct2');
  await publish(world, 'b');
  const before = world.logs.appends;
  await writeBatch(world, world.queue.records(1, 2), deadline);
  expect([ids(world), world.logs.appends - before]).toEqual([['direct1', 'a', 'direct2', 'b'], 1]);
});

test('given no other writer, when later batches come, then the writer does not read the tail', async () => {
  const world = memoryWorld();
  for (const id of ['a', 'b', 'c']) await publish(world, id);
  const records = world.queue.records();
  // The first batch finds a log that another instance may write to, the second that none does.
  for (const record of records.slice(0, 2)) await writeBatch(world, [record], deadline);
  const read = jest.spyOn(world.logs, 'newest');
  await writeBatch(world, records.slice(2), deadline);
  expect([ids(world), read.mock.calls.length]).toEqual([['a', 'b', 'c'], 0]);
});

test('given entries of earlier attempts, when a later part is delivered again, then only entries from it on are, in order', async () => {
  const world = memoryWorld();
  const frames = await subscribed(world);
  for (const id of ['a', 'b', 'c']) {
    await publish(world, id);
    const count = world.queue.sent.length;
    await writeBatch(world, world.queue.records().slice(count - 1), deadline);
  }
  // Direct appends carry the number of the last queued publish.
  await appendDirectly(world, 'direct');
  await writeBatch({ ...world, hints: new TailHints() }, world.queue.records().slice(1), deadline);
  expect(frames()).toEqual([['a'], ['b'], ['c'], ['b'], ['c'], ['direct']]);
});

test('given a batch that is new, then nothing is delivered again', async () => {
  const world = memoryWorld();
  const frames = await subscribed(world);
  for (const id of ['a', 'b']) await publish(world, id);
  await writeBatch(world, world.queue.records().slice(0, 1), deadline);
  await writeBatch({ ...world, hints: new TailHints() }, world.queue.records(1, 2), deadline);
  expect(frames()).toEqual([['a'], ['b']]);
});

test('given sequence numbers of different lengths, then the longer one is later', async () => {
  const world = memoryWorld();
  for (const id of ['a', 'b']) await publish(world, id);
  const [a, b] = world.queue.records();
  await writeBatch(world, [{ ...a!, sequence: 'q:10' }], deadline);
  await writeBatch(world, [{ ...b!, sequence: 'q:9' }], deadline);
  expect(ids(world)).toEqual(['a']);
  await writeBatch(world, [{ ...b!, sequence: 'q:11' }], deadline);
  expect(ids(world)).toEqual(['a', 'b']);
});

describe('limits of an entry', () => {
  const lengths = (world: MemoryWorld) => entriesOf(world).map(({ messages }) => messages.length);

  test.each([
    [MAX_BATCH, [MAX_BATCH]],
    [MAX_BATCH + 1, [MAX_BATCH, 1]],
  ])('given %d queued messages, then the entries have %j', async (count, expected) => {
    const world = memoryWorld();
    for (let i = 0; i < count; i++) await publish(world, `m${i}`);
    await writeBatch(world, world.queue.records(), deadline);
    expect(lengths(world)).toEqual(expected);
  });

  test.each([
    [0, [2]],
    [1, [1, 1]],
  ])(
    'given two messages that fill an entry but for %d bytes too many, then the entries have %j',
    async (more, expected) => {
      const world = memoryWorld();
      const from = 'x'.repeat(128);
      // Each message counts with brackets and its sender.
      const bytes = JSON.stringify([{ id: 'm0', data: '', enc: 'json' }]).length + JSON.stringify({ from }).length;
      for (const id of ['m0', 'm1']) await publish(world, id, from, 'y'.repeat(MAX_PUBLISH_BYTES / 2 - bytes + more));
      await writeBatch(world, world.queue.records(), deadline);
      expect(lengths(world)).toEqual(expected);
    },
  );

  test('given several senders, then only messages of others than the first carry a sender of their own', async () => {
    const world = memoryWorld();
    for (const [id, from] of [
      ['a', 'ada'],
      ['b', 'grace'],
      ['c', 'ada'],
    ] as const)
      await publish(world, id, from);
    await writeBatch(world, world.queue.records(), deadline);
    expect(entriesOf(world)).toMatchObject([{ from: 'ada' }]);
    expect(entriesOf(world)[0]!.messages.map(({ from }) => from)).toEqual([undefined, 'grace', undefined]);
  });
});

test('given records that can not be read, then they are named in the log', async () => {
  const world = memoryWorld();
  const record = { id: 'r', body: '{}', group: CHANNEL, sequence: undefined, receiveCount: 1, receipt: '' };
  expect(await writeBatch(world, [record], deadline)).toEqual(['r']);
  expect(world.logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
    {
      message: 'queued publishes could not be read',
      fields: { records: ['r'], error: { message: 'not a message of a FIFO queue' } },
    },
  ]);
});
