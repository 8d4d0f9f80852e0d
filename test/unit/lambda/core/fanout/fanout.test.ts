import { dispatch } from '../../../../../lambda/core/dispatch';
import { API_GATEWAY_LIMITS } from '../../../../../lambda/adapters/api-gateway/limits';
import { connectionOf } from '../../../../../lambda/core/connections/connection-lifetime';
import { ConnectionRegistry } from '../../../../../lambda/core/connections/connection-registry';
import { MAX_RETRIES } from '../../../../../lambda/core/fanout/rate-limiter';
import { POOL_SIZE, POST_TIMEOUT } from '../../../../../lambda/core/fanout/post';
import { deadlineOf } from '../../../../../lambda/handlers/wiring';
import { outcomeOf } from '../../../../../lambda/adapters/api-gateway/transport';
import { GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import { CALLBACK_FIELDS } from '../../../../../lib/monitoring/log-fields';
import { type Caller } from '../../../../../lambda/core/dispatch';
import { connect, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const subscribe = '{"action":"subscribe","id":1,"channel":"chat:a"}';
const publish = '{"action":"publish","id":2,"channel":"chat:a","messages":[{"id":"m","data":1}]}';

async function withSubscribers(count: number): Promise<{ world: MemoryWorld; publisher: Caller; ids: string[] }> {
  const world = memoryWorld();
  const ids = Array.from({ length: count }, (_, i) => `c${i}`);
  for (const id of ids) await dispatch(world, await connect(world, id), subscribe, Number.MAX_SAFE_INTEGER);
  return { world, ids, publisher: await connect(world, 'publisher') };
}

describe('fanOut', () => {
  test('given several pages of subscribers, when a message is published, then each gets it and the publisher its acknowledgement', async () => {
    const { world, publisher, ids } = await withSubscribers(5);
    const reply = await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(reply).toMatchObject({ id: 2, ok: { origin: 'eu-west-1', seqs: [1], ids: ['m'] } });
    for (const id of ids) {
      expect(world.transport.frames.get(id)).toMatchObject([
        {
          push: 'messages',
          channel: 'chat:a',
          messages: [{ seq: 1, id: 'm', from: 'user-publisher', data: 1, enc: 'json' }],
        },
      ]);
    }
  });

  test('when a fan-out ends, then its log line has the fields that the metric filters of posts read', async () => {
    const { world, publisher } = await withSubscribers(4);
    for (const [id, outcome] of [
      ['c1', 'failed'],
      ['c2', 'throttled'],
    ] as const)
      world.transport.outcomes.set(id, () => outcome);
    await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    const line = world.logger.lines.find(({ message }) => message === 'fanned out');
    expect(Object.keys(line?.fields ?? {})).toEqual(expect.arrayContaining(Object.values(CALLBACK_FIELDS)));
    expect(line?.fields).toMatchObject({ delivered: 2, failed: 1, throttled: 1, forbidden: 0 });
  });

  test('given a connection that answers 410, when a push is posted, then only its row is removed and the others get the message', async () => {
    const { world, publisher } = await withSubscribers(3);
    // The error of version 3 of the SDK, which has no `statusCode`.
    const gone = new GoneException({ message: 'Gone', $metadata: { httpStatusCode: 410 } });
    world.transport.outcomes.set('c1', () => outcomeOf(gone));
    await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect([...(world.connections.rows.get('chat:a')?.keys() ?? [])]).toEqual(['c0', 'c2']);
    expect(world.transport.frames.get('c0')).toHaveLength(1);
    expect(world.transport.frames.get('c2')).toHaveLength(1);
  });

  test('given a row of a newer connection, when an older post answers 410, then the row stays', async () => {
    const { world, publisher } = await withSubscribers(1);
    world.transport.outcomes.set('c0', () => {
      const row = world.connections.rows.get('chat:a');
      row?.set('c0', { id: 'c0', connectedAt: 1, expiresAt: Number.MAX_SAFE_INTEGER });
      return 'gone';
    });
    await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(world.connections.rows.get('chat:a')?.has('c0')).toBe(true);
  });

  test('given as many throttled connections as pool slots, when a push is posted, then the others are posted to before any retry', async () => {
    const slow = POOL_SIZE;
    const { world, publisher } = await withSubscribers(slow + 3);
    let othersAt = 0;
    const retriedAt: number[] = [];
    let posts = 0;
    const sleeping: (() => void)[] = [];
    // Sleeps end only when the test wakes them.
    world.runtime.sleep = () => new Promise((resolve) => sleeping.push(resolve));
    for (let i = 0; i < slow; i++) {
      let tries = 0;
      world.transport.outcomes.set(`c${i}`, () => {
        tries += 1;
        if (tries > 1) retriedAt.push(posts);
        return tries > MAX_RETRIES ? 'delivered' : 'throttled';
      });
    }
    for (let i = slow; i < slow + 3; i++) {
      world.transport.outcomes.set(`c${i}`, () => {
        posts += 1;
        if (posts === 3) {
          othersAt = sleeping.length;
          for (const wake of sleeping.splice(0)) wake();
          // Later sleeps end immediately.
          world.runtime.sleep = () => Promise.resolve();
        }
        return 'delivered';
      });
    }
    await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(othersAt).toBeGreaterThan(0);
    expect(Math.min(...retriedAt)).toBe(3);
  }, 5_000);

  test('when a connection stays throttled, then the post is retried twice with jitter and the row stays', async () => {
    const { world, publisher } = await withSubscribers(1);
    world.transport.outcomes.set('c0', () => 'throttled');
    const reply = await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(reply).toHaveProperty('ok');
    expect(world.transport.attempts).toBe(1 + MAX_RETRIES);
    expect(world.runtime.sleeps).toHaveLength(MAX_RETRIES);
    expect(world.connections.rows.get('chat:a')?.has('c0')).toBe(true);
  });

  test('given a connection throttled with all retries, then later posts are not retried until one is delivered', async () => {
    const { world, publisher } = await withSubscribers(1);
    const again = publish.replace('"m"', '"n"');
    world.transport.outcomes.set('c0', () => 'throttled');
    await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    await dispatch(world, publisher, again, Number.MAX_SAFE_INTEGER);
    expect(world.transport.attempts).toBe(1 + MAX_RETRIES + 1);
    world.transport.outcomes.delete('c0');
    await dispatch(world, publisher, publish.replace('"m"', '"o"'), Number.MAX_SAFE_INTEGER);
    world.transport.outcomes.set('c0', () => 'throttled');
    await dispatch(world, publisher, publish.replace('"m"', '"p"'), Number.MAX_SAFE_INTEGER);
    expect(world.transport.attempts).toBe(1 + MAX_RETRIES + 1 + 1 + 1 + MAX_RETRIES);
  });

  test('when a post is forbidden, then an error is logged: the endpoint or the permission is wrong', async () => {
    const { world, publisher } = await withSubscribers(1);
    world.transport.outcomes.set('c0', () => 'forbidden');
    await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(world.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('when the deadline has passed, then no post is started, the publish is acknowledged, and workers get the push', async () => {
    const { world, publisher } = await withSubscribers(3);
    const reply = await dispatch(world, publisher, publish, world.runtime.now());
    expect(reply).toHaveProperty('ok');
    expect(world.transport.attempts).toBe(0);
    expect(world.jobs.sent).toMatchObject([{ shard: 0, push: { messages: [{ seq: 1, id: 'm' }] } }]);
  });

  test('when a read of subscribers fails, then workers get the push, for all of them', async () => {
    const { world, publisher } = await withSubscribers(3);
    world.connections.pageSize = 1;
    let reads = 0;
    world.connections.beforeRead = () => {
      reads += 1;
      if (reads > 1) throw new Error('out');
    };
    expect(await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER)).toHaveProperty('ok');
    expect(world.transport.attempts).toBe(0);
    expect(world.jobs.sent).toMatchObject([{ shard: 0, push: { messages: [{ seq: 1, id: 'm' }] } }]);
  });

  test('when the deadline passes during the posts, then workers get the push', async () => {
    const { world, publisher } = await withSubscribers(POOL_SIZE + 1);
    const deadline = world.runtime.now() + 1_000;
    world.transport.outcomes.set('c0', () => {
      world.runtime.time = deadline;
      return 'delivered';
    });
    await dispatch(world, publisher, publish, deadline);
    expect(world.transport.frames.get(`c${POOL_SIZE}`)).toBeUndefined();
    expect(world.jobs.sent).toHaveLength(1);
  });

  test('when all are posted to, then workers get nothing', async () => {
    const { world, publisher } = await withSubscribers(3);
    await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(world.jobs.sent).toEqual([]);
  });

  test('when the job can not be stored either, then the publish is acknowledged, and the loss of time is logged', async () => {
    const { world, publisher } = await withSubscribers(3);
    world.jobs.fails = true;
    expect(await dispatch(world, publisher, publish, world.runtime.now())).toHaveProperty('ok');
    expect(world.logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'an unfinished fan-out could not be left to workers' },
    ]);
  });

  test('when a post starts at the deadline, then it ends early enough for the reply', () => {
    const lambda = { getRemainingTimeInMillis: () => 25_000 };
    const timeout = Date.now() + 25_000;
    expect(deadlineOf(lambda) + POST_TIMEOUT).toBeLessThanOrEqual(timeout - 400);
  });

  test('when a 410 comes after the deadline, then its row stays for the next publish', async () => {
    const { world, publisher } = await withSubscribers(6);
    world.connections.pageSize = 2;
    const deadline = world.runtime.now() + 1_000;
    world.transport.outcomes.set('c0', () => {
      world.runtime.time = deadline;
      return 'gone';
    });
    expect(await dispatch(world, publisher, publish, deadline)).toHaveProperty('ok');
    expect(world.connections.rows.get('chat:a')?.has('c0')).toBe(true);
  });

  test('when the write fails, then nothing is posted or acknowledged', async () => {
    const { world, publisher } = await withSubscribers(1);
    world.logs.append = () => Promise.reject(new Error('down'));
    const reply = await dispatch(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(reply).toMatchObject({ id: 2, error: { name: 'internal' } });
    expect(world.transport.attempts).toBe(0);
  });
});

describe('the end of a connection', () => {
  test('given no close event, when the longest connection life is over, then its rows count for nothing', async () => {
    const { world, publisher } = await withSubscribers(2);
    world.runtime.time += API_GATEWAY_LIMITS.maxConnectionLife;
    await dispatch(
      world,
      { ...publisher, identity: { ...publisher.identity, expires: 9e9 } },
      publish,
      Number.MAX_SAFE_INTEGER,
    );
    expect(world.transport.attempts).toBe(0);
  });

  test('when a token has expired, then its subscriber gets no more messages', async () => {
    const world = memoryWorld();
    const caller = await connect(world, 'c0');
    const expires = Math.floor(world.runtime.now() / 1000) + 60;
    const opened = { id: 'c0', connectedAt: world.runtime.now(), identity: { clientId: 'x', expires } };
    const subscriber = connectionOf(opened, API_GATEWAY_LIMITS);
    await dispatch(world, { identity: caller.identity, subscriber }, subscribe, Number.MAX_SAFE_INTEGER);
    world.runtime.time += 60_000;
    await dispatch(world, await connect(world, 'p'), publish, Number.MAX_SAFE_INTEGER);
    expect(world.transport.attempts).toBe(0);
  });

  test('when a connection is closed, then it and all its subscriptions are deleted, and none can be added', async () => {
    const { world } = await withSubscribers(1);
    const caller = await connect(world, 'c9');
    await dispatch(world, caller, subscribe, Number.MAX_SAFE_INTEGER);
    await dispatch(world, caller, '{"action":"subscribe","id":1,"channel":"chat:b"}', Number.MAX_SAFE_INTEGER);
    const registry = new ConnectionRegistry(world.connections, API_GATEWAY_LIMITS);
    expect(await registry.close('c9')).toEqual({ channels: 2 });
    expect(world.connections.rows.get('chat:a')?.has('c9')).toBe(false);
    expect(world.connections.rows.get('chat:b')?.has('c9')).toBe(false);
    expect(await dispatch(world, caller, subscribe, Number.MAX_SAFE_INTEGER)).toMatchObject({
      error: { name: 'connection_gone', retry: 'reconnect' },
    });
  });
});
