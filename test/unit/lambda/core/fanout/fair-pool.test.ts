import { processInbox } from '../../../../../lambda/core/regions/inbox';
import { POOL_SIZE } from '../../../../../lambda/core/fanout/post';
import { FairPool } from '../../../../../lambda/core/fanout/fair-pool';
import { peeredWorld } from '../../../../support/memory/memory-regions';

const US = 'us-east-1';

/** Tasks that the test ends, in the order in which they started. */
class Tasks {
  public readonly begun: string[] = [];
  private readonly ends: (() => void)[] = [];

  public readonly run = (name: string): Promise<void> => {
    this.begun.push(name);
    return new Promise((resolve) => this.ends.push(resolve));
  };
  /** Ends the oldest task. */
  public async end(): Promise<void> {
    this.ends.shift()?.();
    await new Promise(setImmediate);
  }
}

test('given tasks of several groups, then the groups take turns and each keeps its order', async () => {
  const [pool, tasks] = [new FairPool(2), new Tasks()];
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'c1'])
    void pool.run(name.charAt(0), () => tasks.run(name));
  for (let i = 0; i < 8; i++) await tasks.end();
  expect(tasks.begun).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5']);
});

test('when a task fails, then its slot is free for the next task', async () => {
  const pool = new FairPool(1);
  await expect(pool.run('a', () => Promise.reject(new Error('out')))).rejects.toThrow('out');
  expect(await pool.run('a', () => 1)).toBe(1);
});

test('given hanging posts on one channel, then other channels have their turn and the pool size is not exceeded', async () => {
  const world = peeredWorld(US);
  world.connections.pageSize = 1_000;
  const [tasks, expiresAt] = [new Tasks(), Number.MAX_SAFE_INTEGER];
  const subscribe = async (channel: string, id: string): Promise<void> => {
    world.transport.outcomes.set(id, () => tasks.run(channel).then(() => 'delivered'));
    await world.connections.addSubscriber({ channel, shard: 0 }, { id, connectedAt: 0, expiresAt });
  };
  for (let i = 0; i < 2 * POOL_SIZE; i++) await subscribe('chat:a', `a${i}`);
  await subscribe('chat:b', 'b');
  const records = ['chat:a', 'chat:b'].map((channel) => {
    const messages = [{ seq: 1, id: 'm', ts: 0, from: 'ada', data: 1, enc: 'json' }];
    const push = { push: 'messages', channel, origin: US, epoch: 'e', messages };
    return { id: channel, body: JSON.stringify(push), receiveCount: 1 };
  });
  const received = processInbox(world, records, Number.MAX_SAFE_INTEGER);
  await new Promise(setImmediate);
  expect(tasks.begun).toEqual(Array(POOL_SIZE).fill('chat:a'));
  await tasks.end();
  await tasks.end();
  expect(tasks.begun.slice(POOL_SIZE).sort()).toEqual(['chat:a', 'chat:b']);
  while (tasks.begun.length < 2 * POOL_SIZE + 1) await tasks.end();
  for (let i = 0; i < POOL_SIZE; i++) await tasks.end();
  expect(await received).toEqual([]);
});
