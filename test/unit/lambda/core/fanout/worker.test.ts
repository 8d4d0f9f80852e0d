import { dispatch, type Caller } from '../../../../../lambda/core/dispatch';
import { processJobs, type WorkerDeps } from '../../../../../lambda/core/fanout/worker';
import { INLINE_LIMIT } from '../../../../../lambda/core/fanout/fanout';
import { API_GATEWAY_LIMITS } from '../../../../../lambda/adapters/api-gateway/limits';
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

/** A channel with the given number of subscribers in each shard, named `c<shard>.<i>`. */
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
  const reply = await dispatch(world, publisher, JSON.stringify(frame), FOREVER);
  expect(reply).toHaveProperty('ok');
}

/** Message ids of each frame that a connection got. */
function framesOf({ world }: Large, id: string): string[][] {
  return (world.transport.frames.get(id) ?? []).map((frame) => (frame as MessagesPush).messages.map((one) => one.id));
}

/** Processes the jobs of a shard, as if they had waited. */
function work(one: Large, shard: number, from = 0, waited = 0): Promise<readonly string[]> {
  const { worker, world } = one;
  return processJobs(worker, world.jobs.records(shard, world.runtime.now() - waited, from), FOREVER);
}

test('given a channel at the inline limit, it is posted to directly; with one subscriber more, by a worker', async () => {
  const [few, many] = [await large(INLINE_LIMIT), await large(INLINE_LIMIT + 1)];
  for (const one of [few, many]) await publish(one, 'm');
  expect([few.world.jobs.sent.length, few.world.transport.attempts]).toEqual([0, INLINE_LIMIT]);
  expect([many.world.jobs.sent.length, many.world.transport.attempts]).toEqual([1, 0]);
  await work(many, 0);
  expect(many.world.transport.attempts).toBe(INLINE_LIMIT + 1);
});

test('given a large channel, when the next message is published, then its subscribers are not read again', async () => {
  const one = await large(INLINE_LIMIT + 1);
  await publish(one, 'a');
  const { pages } = one.world.connections;
  await publish(one, 'b');
  expect(one.world.connections.pages).toBe(pages);
  expect(one.world.jobs.sent).toHaveLength(2);
});

test('given a small channel with several shards, then the workers send the message once to every subscriber', async () => {
  const one = await large(2, 3, 1);
  await publish(one, 'm');
  expect(one.world.transport.attempts).toBe(0);
  for (const shard of [0, 1, 2]) expect(await work(one, shard)).toEqual([]);
  for (const id of ['c0.0', 'c0.1', 'c1.0', 'c1.1', 'c1.2', 'c2.0']) expect(framesOf(one, id)).toEqual([['m']]);
  expect(one.world.transport.attempts).toBe(6);
});

test('when a shard is added after the job was sent, then it gets a job too', async () => {
  const one = await large(INLINE_LIMIT + 1);
  await publish(one, 'm');
  one.world.connections.maps.set(CHANNEL, { counts: [INLINE_LIMIT + 1, 0], until: FOREVER });
  await work(one, 0);
  expect(one.world.jobs.sent.map(({ shard }) => shard)).toEqual([0, 1]);
});

test('given several waiting jobs, then their messages and those that follow in the log are sent in one frame', async () => {
  const one = await large(2, 1);
  for (const id of ['a', 'b', 'c']) await publish(one, id);
  // Two of the three jobs were received.
  await processJobs(one.worker, one.world.jobs.records(0, one.world.runtime.now()).slice(0, 2), FOREVER);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b', 'c']]);
  await work(one, 1);
  expect(framesOf(one, 'c1.0')).toEqual([['a', 'b', 'c']]);
  // Messages that were sent ahead of their job are not sent again.
  const { attempts } = one.world.transport;
  expect(await work(one, 0, 2)).toEqual([]);
  expect(one.world.transport.attempts).toBe(attempts);
});

test('given a message that was sent ahead, when later jobs are processed, then it is not sent again with them', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b', 'c']) await publish(one, id);
  await processJobs(one.worker, one.world.jobs.records(0, 0).slice(0, 1), FOREVER);
  await publish(one, 'd');
  await work(one, 0, 1);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b', 'c'], ['d']]);
});

test('when jobs arrive in another order than the log, then no message is omitted', async () => {
  const one = await large(1, 1);
  for (const id of ['a', 'b', 'c', 'd']) await publish(one, id);
  const [a, b, c, d] = one.world.jobs.records(0, one.world.runtime.now());
  await processJobs(one.worker, [a!, c!], FOREVER);
  await processJobs(one.worker, [b!, d!], FOREVER);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b', 'c', 'd']]);
  await work(one, 1);
  expect(framesOf(one, 'c1.0')).toEqual([['a', 'b', 'c', 'd']]);
});

test('given a gap in the log, then the messages behind it are sent, and later those that fill it', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b', 'c']) await publish(one, id);
  const [entries = []] = one.world.logs.entries.values();
  const [hole] = entries.splice(1, 1);
  const [a, b, c] = one.world.jobs.records(0, one.world.runtime.now());
  await processJobs(one.worker, [a!, c!], FOREVER);
  entries.push(hole!);
  await processJobs(one.worker, [b!], FOREVER);
  expect(framesOf(one, 'c0.0').flat().sort()).toEqual(['a', 'b', 'c']);
});

test('when a client subscribes while the log is read ahead, then it gets the messages that are read', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b']) await publish(one, id);
  const read = one.world.logs.from.bind(one.world.logs);
  one.world.logs.from = async (...args) => {
    const entries = await read(...args);
    const newcomer = { id: 'new', connectedAt: 0, expiresAt: FOREVER };
    await one.world.connections.addSubscriber({ channel: CHANNEL, shard: 0 }, newcomer);
    return entries;
  };
  await processJobs(one.worker, one.world.jobs.records(0, 0).slice(0, 1), FOREVER);
  expect(framesOf(one, 'new')).toEqual([['a', 'b']]);
});

test('when the deadline passes before the posts, then the messages are not recorded as sent', async () => {
  const one = await large(2, 0);
  for (const id of ['a', 'b']) await publish(one, id);
  const records = one.world.jobs.records(0, 0);
  await processJobs(one.worker, records.slice(0, 1), one.world.runtime.now());
  expect(one.world.transport.attempts).toBe(0);
  await processJobs(one.worker, records.slice(1), FOREVER);
  expect(framesOf(one, 'c0.0')).toEqual([['b']]);
});

test('when the sent range can not be stored, then the job is not repeated', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b']) await publish(one, id);
  one.store.fails = true;
  expect(await processJobs(one.worker, one.world.jobs.records(0, 0).slice(0, 1), FOREVER)).toEqual([]);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b']]);
});

test('when the queue throttles, then the job is sent once more after a wait, and then the publisher posts by itself', async () => {
  const one = await large(2, 2);
  const { jobs, transport, runtime } = one.world;
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
  expect(transport.attempts).toBe(0);
  await publish(one, 'n');
  await publish(one, 'o');
  expect(jobs.sent).toHaveLength(1);
  expect(transport.attempts).toBe(8);
});

test('given a single job, then the log is read ahead only if the job waited', async () => {
  const [late, prompt] = [await large(2, 0), await large(2, 0)];
  for (const one of [late, prompt]) for (const id of ['a', 'b']) await publish(one, id);
  const first = (one: Large, waited: number): Promise<unknown> =>
    processJobs(one.worker, one.world.jobs.records(0, one.world.runtime.now() - waited).slice(0, 1), FOREVER);
  await first(late, 500);
  await first(prompt, 50);
  expect(framesOf(late, 'c0.0')).toEqual([['a', 'b']]);
  expect(framesOf(prompt, 'c0.0')).toEqual([['a']]);
});

test('given more messages than fit into 32 KB, then the rest is sent in the next frame, in order', async () => {
  const one = await large(1, 0);
  const text = 'x'.repeat(15_000);
  for (const id of ['a', 'b', 'c']) await publish(one, id, text);
  await work(one, 0);
  expect(framesOf(one, 'c0.0')).toEqual([['a', 'b'], ['c']]);
  const sizes = (one.world.transport.frames.get('c0.0') ?? []).map((frame) => JSON.stringify(frame).length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(API_GATEWAY_LIMITS.maxFrameBytes);
});

test('given a missing entry in the log, then reading ahead stops before it', async () => {
  const one = await large(1, 0);
  for (const id of ['a', 'b', 'c']) await publish(one, id);
  const [entries = []] = one.world.logs.entries.values();
  entries.splice(1, 1);
  await processJobs(one.worker, one.world.jobs.records(0, 0).slice(0, 1), FOREVER);
  expect(framesOf(one, 'c0.0')).toEqual([['a']]);
});

test('when the jobs of the other shards can not be sent, then the job is repeated', async () => {
  const one = await large(1, 1);
  await publish(one, 'm');
  const records = one.world.jobs.records(0, one.world.runtime.now());
  one.world.jobs.fails = true;
  expect(await processJobs(one.worker, records, FOREVER)).toEqual(['r0']);
  expect(one.world.jobs.again).toEqual(['r0']);
  one.world.jobs.fails = false;
  expect(await processJobs(one.worker, records, FOREVER)).toEqual([]);
  expect(one.world.jobs.sent.map(({ shard }) => shard)).toEqual([0, 1]);
});

test('when the queue fails, then the publisher posts to all shards until the deadline', async () => {
  const one = await large(2, 2);
  one.world.jobs.fails = true;
  await publish(one, 'm');
  for (const id of ['c0.0', 'c0.1', 'c1.0', 'c1.1']) expect(framesOf(one, id)).toEqual([['m']]);
  const deadline = one.world.runtime.now() + 1_000;
  one.world.transport.outcomes.set('c0.0', () => {
    one.world.runtime.time = deadline;
    return 'delivered';
  });
  const frame = { action: 'publish', id: 1, channel: CHANNEL, messages: [{ id: 'n', data: 1 }] };
  expect(await dispatch(one.world, one.publisher, JSON.stringify(frame), deadline)).toHaveProperty('ok');
  expect(framesOf(one, 'c1.0')).toEqual([['m']]);
});

test('given jobs of several shards in a batch, then a failure affects its own shard only', async () => {
  const one = await large(1, 0);
  await publish(one, 'm');
  const [record] = one.world.jobs.records(0, one.world.runtime.now());
  const broken = { ...record!, id: 'broken', group: 'other', body: 'no job' };
  expect(await processJobs(one.worker, [broken, record!], FOREVER)).toEqual(['broken']);
  expect(framesOf(one, 'c0.0')).toEqual([['m']]);
});
