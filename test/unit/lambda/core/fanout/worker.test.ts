import { answer, type Caller } from '../../../../../lambda/core/dispatch';
import { carryOut, type WorkerDeps } from '../../../../../lambda/core/fanout/worker';
import { INLINE_LIMIT } from '../../../../../lambda/core/fanout/fanout';
import { MAX_FRAME_BYTES } from '../../../../../lambda/core/fanout/coalesce';
import { type MessagesPush, RealtimeError } from '../../../../../protocol';
import { connect, type MemoryWorld, memoryWorld } from '../../../../support/memory/memory';
import { MemoryShards } from '../../../../support/memory/memory-connections';

const CHANNEL = 'chat:a';
const FOREVER = Number.MAX_SAFE_INTEGER;

interface Large {
  readonly world: MemoryWorld;
  readonly worker: WorkerDeps;
  readonly store: MemoryShards;
  readonly publisher: Caller;
}

/** A channel with so many subscribers in each shard: `c<shard>.<i>`. */
async function large(...shards: readonly number[]): Promise<Large> {
  const world = memoryWorld();
  world.connections.pageSize = 250;
  const { connectedAt, expiresAt } = { connectedAt: 0, expiresAt: FOREVER };
  for (const [shard, count] of shards.entries()) {
    for (let i = 0; i < count; i++) {
      const subscriber = { id: `c${shard}.${i}`, connectedAt, expiresAt };
      await world.connections.addSubscriber({ channel: CHANNEL, shard }, subscriber);
    }
  }
  if (shards.length > 1) world.connections.maps.set(CHANNEL, { counts: shards, until: FOREVER });
  const store = new MemoryShards(world.connections);
  return {
    world,
    store,
    worker: { ...world, shards: store, shardsAtOnce: 30 },
    publisher: await connect(world, 'publisher'),
  };
}

async function publish({ world, publisher }: Large, id: string, data: unknown = id): Promise<void> {
  const frame = { action: 'publish', id: 1, channel: CHANNEL, messages: [{ id, data }] };
  const reply = await answer(world, publisher, JSON.stringify(frame), FOREVER);
  expect(reply).toHaveProperty('ok');
}

/** Ids of the messages of each frame that a connection got. */
function framesOf({ world }: Large, id: string): string[][] {
  return (world.poster.frames.get(id) ?? []).map((frame) => (frame as MessagesPush).messages.map((one) => one.id));
}

/** Lets the workers do what waits for a shard. */
function work(one: Large, shard: number, from = 0, waited = 0): Promise<readonly string[]> {
  const { worker, world } = one;
  return carryOut(worker, world.jobs.records(shard, world.runtime.now() - waited, from), FOREVER);
}

test('as many subscribers as the limit are sent to at once, one more is left to a worker', async () => {
  const [few, many] = [await large(INLINE_LIMIT), await large(INLINE_LIMIT + 1)];
  for (const one of [few, many]) await publish(one, 'm');
  expect([few.world.jobs.sent.length, few.world.poster.attempts]).toEqual([0, INLINE_LIMIT]);
  expect([many.world.jobs.sent.length, many.world.poster.attempts]).toEqual([1, 0]);
  await work(many, 0);
  expect(many.world.poster.attempts).toBe(INLINE_LIMIT + 1);
});

test('that a channel is large is remembered, so that its subscribers are not read again', async () => {
  const one = await large(INLINE_LIMIT + 1);
  await publish(one, 'a');
  const { pages } = one.world.connections;
  await publish(one, 'b');
  expect(one.world.connections.pages).toBe(pages);
  expect(one.world.jobs.sent).toHaveLength(2);
});

test('every subscriber of every shard gets the message, once, however few there are', async () => {
  const one = await large(2, 3, 1);
  await publish(one, 'm');
  expect(one.world.poster.attempts).toBe(0);
  for (const shard of [0, 1, 2]) expect(await work(one, shard)).toEqual([]);
  for (const id of ['c0.0', 'c0.1', 'c1.0', 'c1.1', 'c1.2', 'c2.0']) expect(framesOf(one, id)).toEqual([['m']]);
  expect(one.world.poster.attempts).toBe(6);
});

test('a shard that was opened after the job was sent is told all the same', async () => {
  const one = await large(INLINE_LIMIT + 1);
  await publish(one, 'm');
  one.world.connections.maps.set(CHANNEL, { counts: [INLINE_LIMIT + 1, 0], until: FOREVER });
  await work(one, 0);
  expect(one.world.jobs.sent.map(({ shard }) => shard)).toEqual([0, 1]);
});

test('jobs that have waited together are one frame, and so is what was published after them', async () => {
  const one = await large(2, 1);
  for (const id of ['a', 'b', 'c']) await publish(one, id);
  // Two of three have been received.
  await carryOut(one.worker, one.world.jobs.records(0, one.world.runtime.now()).slice(0, 2), FOREVER);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b', 'c']]);
  await work(one, 1);
  expect(framesOf(one, 'c1.0')).toEqual([['a', 'b', 'c']]);
  // What went ahead of its job is not sent again.
  const { attempts } = one.world.poster;
  expect(await work(one, 0, 2)).toEqual([]);
  expect(one.world.poster.attempts).toBe(attempts);
});

test('what was sent ahead does not go along with what was not', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b', 'c']) await publish(one, id);
  await carryOut(one.worker, one.world.jobs.records(0, 0).slice(0, 1), FOREVER);
  await publish(one, 'd');
  await work(one, 0, 1);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b', 'c'], ['d']]);
});

test('jobs that came in another order than the log has leave nothing out', async () => {
  const one = await large(1, 1);
  for (const id of ['a', 'b', 'c', 'd']) await publish(one, id);
  const [a, b, c, d] = one.world.jobs.records(0, one.world.runtime.now());
  await carryOut(one.worker, [a!, c!], FOREVER);
  await carryOut(one.worker, [b!, d!], FOREVER);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b', 'c', 'd']]);
  await work(one, 1);
  expect(framesOf(one, 'c1.0')).toEqual([['a', 'b', 'c', 'd']]);
});

test('what is behind a hole is sent, and what then fills the hole is, too', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b', 'c']) await publish(one, id);
  const [entries = []] = one.world.logs.entries.values();
  const [hole] = entries.splice(1, 1);
  const [a, b, c] = one.world.jobs.records(0, one.world.runtime.now());
  await carryOut(one.worker, [a!, c!], FOREVER);
  entries.push(hole!);
  await carryOut(one.worker, [b!], FOREVER);
  expect(framesOf(one, 'c0.0').flat().sort()).toEqual(['a', 'b', 'c']);
});

test('who subscribes while the log is read ahead gets what is read', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b']) await publish(one, id);
  const read = one.world.logs.from.bind(one.world.logs);
  one.world.logs.from = async (...args) => {
    const entries = await read(...args);
    const newcomer = { id: 'new', connectedAt: 0, expiresAt: FOREVER };
    await one.world.connections.addSubscriber({ channel: CHANNEL, shard: 0 }, newcomer);
    return entries;
  };
  await carryOut(one.worker, one.world.jobs.records(0, 0).slice(0, 1), FOREVER);
  expect(framesOf(one, 'new')).toEqual([['a', 'b']]);
});

test('what there was no time to send is not noted as sent', async () => {
  const one = await large(2, 0);
  for (const id of ['a', 'b']) await publish(one, id);
  const records = one.world.jobs.records(0, 0);
  await carryOut(one.worker, records.slice(0, 1), one.world.runtime.now());
  expect(one.world.poster.attempts).toBe(0);
  await carryOut(one.worker, records.slice(1), FOREVER);
  expect(framesOf(one, 'c0.0')).toEqual([['b']]);
});

test('a note that can’t be written is no reason to send everything again', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b']) await publish(one, id);
  one.store.fails = true;
  expect(await carryOut(one.worker, one.world.jobs.records(0, 0).slice(0, 1), FOREVER)).toEqual([]);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b']]);
});

test('a queue that is asked too much is asked once more, after a moment; then all are sent to without it', async () => {
  const one = await large(2, 2);
  const { jobs, poster, runtime } = one.world;
  const send = jobs.send.bind(jobs);
  let refused = 0;
  jobs.send = async (sent) => {
    refused += 1;
    if (refused === 2) await send(sent);
    else throw new RealtimeError('throttled');
  };
  await publish(one, 'm');
  expect(runtime.sleeps).toHaveLength(1);
  expect(jobs.sent).toHaveLength(1);
  expect(poster.attempts).toBe(0);
  await publish(one, 'n');
  await publish(one, 'o');
  expect(jobs.sent).toHaveLength(1);
  expect(poster.attempts).toBe(8);
});

test('a job that waited alone takes along what followed; one that did not, does not look', async () => {
  const [late, prompt] = [await large(2, 0), await large(2, 0)];
  for (const one of [late, prompt]) for (const id of ['a', 'b']) await publish(one, id);
  const first = (one: Large, waited: number): Promise<unknown> =>
    carryOut(one.worker, one.world.jobs.records(0, one.world.runtime.now() - waited).slice(0, 1), FOREVER);
  await first(late, 500);
  await first(prompt, 50);
  expect(framesOf(late, 'c0.0')).toEqual([['a', 'b']]);
  expect(framesOf(prompt, 'c0.0')).toEqual([['a']]);
});

test('a frame holds 32 KB at most; what does not fit comes with the next, in order', async () => {
  const one = await large(1, 0);
  const text = 'x'.repeat(15_000);
  for (const id of ['a', 'b', 'c']) await publish(one, id, text);
  await work(one, 0);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b'], ['c']]);
  const sizes = (one.world.poster.frames.get('c0.0') ?? []).map((frame) => JSON.stringify(frame).length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_FRAME_BYTES);
});

test('what is missing in the log is not passed over', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b', 'c']) await publish(one, id);
  const [entries = []] = one.world.logs.entries.values();
  entries.splice(1, 1);
  await carryOut(one.worker, one.world.jobs.records(0, 0).slice(0, 1), FOREVER);
  expect(framesOf(one, 'c0.0')).toEqual([['a']]);
});

test('a worker that could not tell the other shards does its job again', async () => {
  const one = await large(1, 1);
  await publish(one, 'm');
  const records = one.world.jobs.records(0, one.world.runtime.now());
  one.world.jobs.fails = true;
  expect(await carryOut(one.worker, records, FOREVER)).toEqual(['r0']);
  expect(one.world.jobs.again).toEqual(['r0']);
  one.world.jobs.fails = false;
  expect(await carryOut(one.worker, records, FOREVER)).toEqual([]);
  expect(one.world.jobs.sent.map(({ shard }) => shard)).toEqual([0, 1]);
});

test('without the queue, the publisher sends to all shards itself, as long as there is time', async () => {
  const one = await large(2, 2);
  one.world.jobs.fails = true;
  await publish(one, 'm');
  for (const id of ['c0.0', 'c0.1', 'c1.0', 'c1.1']) expect(framesOf(one, id)).toEqual([['m']]);
  const deadline = one.world.runtime.now() + 1_000;
  one.world.poster.outcomes.set('c0.0', () => {
    one.world.runtime.time = deadline;
    return 'delivered';
  });
  const frame = { action: 'publish', id: 1, channel: CHANNEL, messages: [{ id: 'n', data: 1 }] };
  expect(await answer(one.world, one.publisher, JSON.stringify(frame), deadline)).toHaveProperty('ok');
  expect(framesOf(one, 'c1.0')).toEqual([['m']]);
});

test('shards of several channels in one batch are carried out side by side, and fail alone', async () => {
  const one = await large(1, 0);
  await publish(one, 'm');
  const [record] = one.world.jobs.records(0, one.world.runtime.now());
  const broken = { ...record!, id: 'broken', group: 'other', body: 'no job' };
  expect(await carryOut(one.worker, [broken, record!], FOREVER)).toEqual(['broken']);
  expect(framesOf(one, 'c0.0')).toEqual([['m']]);
});
