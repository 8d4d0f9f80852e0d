import { dispatch } from '../../../../../lambda/core/dispatch';
import { API_GATEWAY_LIMITS } from '../../../../../lambda/adapters/api-gateway/limits';
import { ConnectionRegistry } from '../../../../../lambda/core/connections/connection-registry';
import {
  pickShard,
  SAMPLE,
  SHARD_TARGET,
  shardMapLife,
  Shards,
  type ShardSizes,
} from '../../../../../lambda/core/fanout/shards';
import { connect, memoryWorld, TestRuntime, MemoryLogger } from '../../../../support/memory/memory';
import { MemoryConnections, MemoryShards } from '../../../../support/memory/memory-connections';

const CHANNEL = 'chat:a';
const { maxConnectionLife } = API_GATEWAY_LIMITS;
/** A small target; every subscriber is counted. */
const SMALL: ShardSizes = { target: 10, sample: 1 };

/** A seeded random number generator. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

interface World {
  readonly connections: MemoryConnections;
  readonly runtime: TestRuntime;
  readonly logger: MemoryLogger;
  readonly store: MemoryShards;
  join(id: string): Promise<number>;
  loads(): number[];
}

/** @param functions number of function instances, each with its own cache of the map */
function world(sizes: ShardSizes, seed = 1, functions = 1): World {
  const [connections, runtime, logger] = [new MemoryConnections(), new TestRuntime(), new MemoryLogger()];
  const store = new MemoryShards(connections);
  runtime.random = dice(seed);
  const all = Array.from(
    { length: functions },
    () => new Shards({ shards: store, runtime, logger, transportLimits: API_GATEWAY_LIMITS }, sizes),
  );
  let next = 0;
  return {
    connections,
    runtime,
    logger,
    store,
    join: async (id) => {
      const subscriber = { id, connectedAt: runtime.now(), expiresAt: runtime.now() + maxConnectionLife };
      const shard = (await all[next++ % functions]?.pick(CHANNEL, subscriber)) ?? 0;
      await connections.addSubscriber({ channel: CHANNEL, shard }, subscriber);
      return shard;
    },
    loads: () => {
      const many = connections.maps.get(CHANNEL)?.counts.length ?? 1;
      return Array.from({ length: many }, (_, shard) => connections.of({ channel: CHANNEL, shard }).length);
    },
  };
}

test.each([
  { many: 2_000, functions: 1, seed: 2, largest: 1.5, ofMean: 1.6 },
  { many: 10_000, functions: 1, seed: 3, largest: 1.35, ofMean: 1.4 },
  { many: 10_000, functions: 1, seed: 4, largest: 1.35, ofMean: 1.4 },
  { many: 10_000, functions: 50, seed: 5, largest: 1.6, ofMean: 1.8 },
])(
  'given $many new subscribers, 500 a second, by $functions functions, then no shard is too large for a worker, seed $seed',
  async ({ many, functions, seed, largest, ofMean }) => {
    const one = world({ target: SHARD_TARGET, sample: SAMPLE }, seed, functions);
    for (let i = 0; i < many; i++) {
      await one.join(`c${i}`);
      one.runtime.advance(2);
    }
    const loads = one.loads();
    const mean = many / loads.length;
    expect(loads.reduce((sum, load) => sum + load, 0)).toBe(many);
    expect(mean).toBeGreaterThan(SHARD_TARGET / 2);
    expect(Math.max(...loads)).toBeLessThan(largest * SHARD_TARGET);
    expect(Math.max(...loads) / mean).toBeLessThan(ofMean);
  },
);

test('given a channel of ordinary size, then it has one shard', async () => {
  const one = world({ target: SHARD_TARGET, sample: SAMPLE });
  for (let i = 0; i < 300; i++) expect(await one.join(`c${i}`)).toBe(0);
});

test('given subscribers that left, then they do not count when a shard would be added', async () => {
  const one = world(SMALL);
  for (let i = 0; i < 50; i++) {
    expect(await one.join(`c${i}`)).toBe(0);
    await one.connections.removeSubscribers([{ channel: CHANNEL, shard: 0 }], `c${i}`);
  }
  expect(one.loads()).toEqual([0]);
});

test('given a channel that has shrunk, then only its first shards are used, so that its map can expire', async () => {
  const one = world(SMALL);
  for (let i = 0; i < 100; i++) await one.join(`c${i}`);
  const many = one.loads().length;
  expect(many).toBeGreaterThanOrEqual(8);
  for (let i = 0; i < 100; i++) {
    const shards = Array.from({ length: many }, (_, shard) => ({ channel: CHANNEL, shard }));
    await one.connections.removeSubscribers(shards, `c${i}`);
  }
  // Only a count notices that the others have left.
  for (let i = 100; i < 120; i++) {
    const shard = await one.join(`c${i}`);
    await one.connections.removeSubscribers([{ channel: CHANNEL, shard }], `c${i}`);
    one.runtime.advance(1_000);
  }
  const { until } = one.connections.maps.get(CHANNEL)!;
  for (let i = 120; i < 125; i++) expect(await one.join(`c${i}`)).toBeLessThan(2);
  expect(one.connections.maps.get(CHANNEL)!.until).toBe(until);
});

test('when a subscriber joins a shard other than the first, then the map is kept for as long as the connection can last', async () => {
  const one = world(SMALL);
  for (let i = 0; i < 15; i++) await one.join(`c${i}`);
  one.runtime.advance(shardMapLife(API_GATEWAY_LIMITS) - maxConnectionLife + 60_000);
  let shard = 0;
  for (let i = 15; shard === 0; i++) shard = await one.join(`c${i}`);
  expect(one.connections.maps.get(CHANNEL)!.until).toBeGreaterThanOrEqual(one.runtime.now() + maxConnectionLife);
});

test('given a map that expires too early and can not be extended, then new subscribers go to the first shard', async () => {
  const one = world({ target: 10, sample: Number.POSITIVE_INFINITY });
  const ended = { counts: [20, 0], until: one.runtime.now() + maxConnectionLife / 2 };
  one.store.read = () => Promise.resolve(ended);
  for (let i = 0; i < 20; i++) expect(await one.join(`c${i}`)).toBe(0);
});

test('given a new map in place of the cached one, then a shard that it does not have is not used', async () => {
  const one = world(SMALL);
  const old = { counts: [20, 0, 0], until: Number.MAX_SAFE_INTEGER };
  one.store.read = () => Promise.resolve(old);
  one.runtime.random = () => 0.9;
  one.store.add = () => Promise.resolve({ counts: [1], until: Number.MAX_SAFE_INTEGER });
  const { store, runtime, logger } = one;
  const deps = { shards: store, runtime, logger, transportLimits: API_GATEWAY_LIMITS };
  const shards = new Shards(deps, { target: 10, sample: 1 });
  expect(await shards.pick(CHANNEL, { connectedAt: one.runtime.now() })).toBe(0);
});

test('when two functions add a shard at the same time, then one shard is added', async () => {
  const one = world(SMALL);
  for (let i = 0; i < 10; i++) await one.join(`c${i}`);
  const others = [world(SMALL), world(SMALL)].map(({ runtime, logger }) => {
    runtime.random = () => 0;
    return new Shards({ shards: one.store, runtime, logger, transportLimits: API_GATEWAY_LIMITS }, SMALL);
  });
  await Promise.all(others.map((shards) => shards.pick(CHANNEL, { connectedAt: 0 })));
  expect(one.loads()).toHaveLength(1);
  await one.connections.addSubscriber({ channel: CHANNEL, shard: 0 }, { id: 'x', connectedAt: 0, expiresAt: 0 });
  await Promise.all(others.map((shards) => shards.pick(CHANNEL, { connectedAt: 0 })));
  expect(one.loads()).toHaveLength(2);
});

test('when the map can not be read, then the subscriber goes to the first shard', async () => {
  const one = world(SMALL);
  one.store.read = () => Promise.reject(new Error('throttled'));
  expect(await one.join('c')).toBe(0);
  expect(one.logger.lines).toMatchObject([
    { level: 'warn', message: 'no shard could be chosen: the first shard is used' },
  ]);
});

test('when a subscriber can not be counted, then it still goes to a shard with free capacity', async () => {
  const one = world({ target: 10, sample: 1 });
  for (let i = 0; i < 15; i++) await one.join(`c${i}`);
  one.store.add = () => Promise.reject(new Error('throttled'));
  const picked = new Set<number>();
  for (let i = 15; i < 35; i++) picked.add(await one.join(`c${i}`));
  expect(picked).toContain(1);
  expect(one.logger.lines).toContainEqual(
    expect.objectContaining({ level: 'warn', message: 'a new subscriber was not counted' }),
  );
});

test('given shards with different counts, then the emptier one gets more subscribers', () => {
  const random = dice(7);
  const picked = [0, 0];
  for (let i = 0; i < 1_000; i++) picked[pickShard([600, 60], 600, random())]! += 1;
  expect(picked[1]! / picked[0]!).toBeGreaterThan(1.5);
});

test('when a client subscribes again, then it stays in its shard, and leaves it on unsubscribe or close', async () => {
  const one = memoryWorld();
  const { connections } = one;
  connections.maps.set(CHANNEL, { counts: [SHARD_TARGET, SHARD_TARGET], until: Number.MAX_SAFE_INTEGER });
  const ada = await connect(one, 'ada');
  await connections.noteChannel('ada', { channel: CHANNEL, shard: 1 }, 10);
  const ask = (action: string): Promise<unknown> =>
    dispatch(one, ada, JSON.stringify({ action, id: 1, channel: CHANNEL }), Number.MAX_SAFE_INTEGER);
  one.runtime.random = () => 0;
  await ask('subscribe');
  expect(connections.of({ channel: CHANNEL, shard: 1 }).map(({ id }) => id)).toEqual(['ada']);
  await ask('unsubscribe');
  expect(connections.of({ channel: CHANNEL, shard: 1 })).toEqual([]);
  await connections.noteChannel('ada', { channel: CHANNEL, shard: 1 }, 10);
  await ask('subscribe');
  await new ConnectionRegistry(connections, API_GATEWAY_LIMITS).close('ada');
  expect(connections.rows.get(CHANNEL)?.size).toBe(0);
});
