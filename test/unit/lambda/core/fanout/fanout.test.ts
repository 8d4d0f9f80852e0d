import { answer } from '../../../../../lambda/core/dispatch';
import {
  connectionOf,
  disconnect,
  MAX_CONNECTION_LIFE,
} from '../../../../../lambda/core/connections/connection-lifetime';
import { MAX_RETRIES } from '../../../../../lambda/core/fanout/rate-limiter';
import { POOL_SIZE, POST_TIMEOUT } from '../../../../../lambda/core/fanout/post';
import { deadlineOf } from '../../../../../lambda/handlers/wiring';
import { outcomeOf } from '../../../../../lambda/adapters/callbacks/poster';
import { GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import { CALLBACK_FIELDS } from '../../../../../lib/monitoring/log-fields';
import { type Caller } from '../../../../../lambda/core/dispatch';
import { connect, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const subscribe = '{"action":"subscribe","id":1,"channel":"chat:a"}';
const publish = '{"action":"publish","id":2,"channel":"chat:a","messages":[{"id":"m","data":1}]}';

async function withSubscribers(count: number): Promise<{ world: MemoryWorld; publisher: Caller; ids: string[] }> {
  const world = memoryWorld();
  const ids = Array.from({ length: count }, (_, i) => `c${i}`);
  for (const id of ids) await answer(world, await connect(world, id), subscribe, Number.MAX_SAFE_INTEGER);
  return { world, ids, publisher: await connect(world, 'publisher') };
}

describe('fan-out', () => {
  test('every subscriber gets the message, page after page of subscribers, and the publisher its acknowledgement', async () => {
    const { world, publisher, ids } = await withSubscribers(5);
    const reply = await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(reply).toMatchObject({ id: 2, ok: { origin: 'eu-west-1', seqs: [1], ids: ['m'] } });
    for (const id of ids) {
      expect(world.poster.frames.get(id)).toMatchObject([
        {
          push: 'messages',
          channel: 'chat:a',
          messages: [{ seq: 1, id: 'm', from: 'user-publisher', data: 1, enc: 'json' }],
        },
      ]);
    }
  });

  test('its log line has what alarms on posts are counted from', async () => {
    const { world, publisher } = await withSubscribers(4);
    for (const [id, outcome] of [
      ['c1', 'failed'],
      ['c2', 'throttled'],
    ] as const)
      world.poster.outcomes.set(id, () => outcome);
    await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    const line = world.logger.lines.find(({ message }) => message === 'fanned out');
    expect(Object.keys(line?.fields ?? {})).toEqual(expect.arrayContaining(Object.values(CALLBACK_FIELDS)));
    expect(line?.fields).toMatchObject({ delivered: 2, failed: 1, throttled: 1, forbidden: 0 });
  });

  test('410 removes exactly the dead row; the others still get the message', async () => {
    const { world, publisher } = await withSubscribers(3);
    // What the third version of the SDK throws: no `statusCode` on the error.
    const gone = new GoneException({ message: 'Gone', $metadata: { httpStatusCode: 410 } });
    world.poster.outcomes.set('c1', () => outcomeOf(gone));
    await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect([...(world.connections.rows.get('chat:a')?.keys() ?? [])]).toEqual(['c0', 'c2']);
    expect(world.poster.frames.get('c0')).toHaveLength(1);
    expect(world.poster.frames.get('c2')).toHaveLength(1);
  });

  test('a 410 that was told late does not remove the row of a newer connection', async () => {
    const { world, publisher } = await withSubscribers(1);
    world.poster.outcomes.set('c0', () => {
      const row = world.connections.rows.get('chat:a');
      row?.set('c0', { id: 'c0', connectedAt: 1, expiresAt: Number.MAX_SAFE_INTEGER });
      return 'gone';
    });
    await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(world.connections.rows.get('chat:a')?.has('c0')).toBe(true);
  });

  test('429 on some connections does not delay the others: retries wait outside the pool', async () => {
    const slow = POOL_SIZE;
    const { world, publisher } = await withSubscribers(slow + 3);
    let othersAt = 0;
    const retriedAt: number[] = [];
    let posts = 0;
    const sleeping: (() => void)[] = [];
    // Sleeps end only when the test lets them.
    world.runtime.sleep = () => new Promise((resolve) => sleeping.push(resolve));
    for (let i = 0; i < slow; i++) {
      let tries = 0;
      world.poster.outcomes.set(`c${i}`, () => {
        tries += 1;
        if (tries > 1) retriedAt.push(posts);
        return tries > MAX_RETRIES ? 'delivered' : 'throttled';
      });
    }
    for (let i = slow; i < slow + 3; i++) {
      world.poster.outcomes.set(`c${i}`, () => {
        posts += 1;
        if (posts === 3) {
          othersAt = sleeping.length;
          for (const wake of sleeping.splice(0)) wake();
          // From now on, nobody has to wait.
          world.runtime.sleep = () => Promise.resolve();
        }
        return 'delivered';
      });
    }
    await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(othersAt).toBeGreaterThan(0);
    expect(Math.min(...retriedAt)).toBe(3);
  }, 5_000);

  test('429 is tried twice more, with jitter, then left to the cursor', async () => {
    const { world, publisher } = await withSubscribers(1);
    world.poster.outcomes.set('c0', () => 'throttled');
    const reply = await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(reply).toHaveProperty('ok');
    expect(world.poster.attempts).toBe(1 + MAX_RETRIES);
    expect(world.runtime.sleeps).toHaveLength(MAX_RETRIES);
    expect(world.connections.rows.get('chat:a')?.has('c0')).toBe(true);
  });

  test('a phone that did not keep up with all of that is posted to once, until it does', async () => {
    const { world, publisher } = await withSubscribers(1);
    const again = publish.replace('"m"', '"n"');
    world.poster.outcomes.set('c0', () => 'throttled');
    await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    await answer(world, publisher, again, Number.MAX_SAFE_INTEGER);
    expect(world.poster.attempts).toBe(1 + MAX_RETRIES + 1);
    world.poster.outcomes.delete('c0');
    await answer(world, publisher, publish.replace('"m"', '"o"'), Number.MAX_SAFE_INTEGER);
    world.poster.outcomes.set('c0', () => 'throttled');
    await answer(world, publisher, publish.replace('"m"', '"p"'), Number.MAX_SAFE_INTEGER);
    expect(world.poster.attempts).toBe(1 + MAX_RETRIES + 1 + 1 + 1 + MAX_RETRIES);
  });

  test('403 is an error in the log, since it means a wrong endpoint, stage or permission', async () => {
    const { world, publisher } = await withSubscribers(1);
    world.poster.outcomes.set('c0', () => 'forbidden');
    await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(world.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('after the deadline no post is begun, and the publish is acknowledged all the same', async () => {
    const { world, publisher } = await withSubscribers(3);
    const reply = await answer(world, publisher, publish, world.runtime.now());
    expect(reply).toHaveProperty('ok');
    expect(world.poster.attempts).toBe(0);
  });

  test('a post that begins at the last moment still ends in time for the reply', () => {
    const lambda = { getRemainingTimeInMillis: () => 25_000 };
    const timeout = Date.now() + 25_000;
    expect(deadlineOf(lambda) + POST_TIMEOUT).toBeLessThanOrEqual(timeout - 400);
  });

  test('after the deadline no dead row is removed: the next publish finds it', async () => {
    const { world, publisher } = await withSubscribers(6);
    world.connections.pageSize = 2;
    const deadline = world.runtime.now() + 1_000;
    world.poster.outcomes.set('c0', () => {
      world.runtime.time = deadline;
      return 'gone';
    });
    expect(await answer(world, publisher, publish, deadline)).toHaveProperty('ok');
    expect(world.connections.rows.get('chat:a')?.has('c0')).toBe(true);
  });

  test('nothing is sent or acknowledged when the write fails', async () => {
    const { world, publisher } = await withSubscribers(1);
    world.logs.append = () => Promise.reject(new Error('down'));
    const reply = await answer(world, publisher, publish, Number.MAX_SAFE_INTEGER);
    expect(reply).toMatchObject({ id: 2, error: { name: 'internal' } });
    expect(world.poster.attempts).toBe(0);
  });
});

describe('when $disconnect never comes', () => {
  test('rows count for nothing once the connection can no longer be open', async () => {
    const { world, publisher } = await withSubscribers(2);
    world.runtime.time += MAX_CONNECTION_LIFE;
    await answer(
      world,
      { ...publisher, identity: { ...publisher.identity, expires: 9e9 } },
      publish,
      Number.MAX_SAFE_INTEGER,
    );
    expect(world.poster.attempts).toBe(0);
  });

  test('a subscriber whose token has expired gets nothing more', async () => {
    const world = memoryWorld();
    const caller = await connect(world, 'c0');
    const expires = Math.floor(world.runtime.now() / 1000) + 60;
    const subscriber = connectionOf('c0', world.runtime.now(), { clientId: 'x', expires });
    await answer(world, { identity: caller.identity, subscriber }, subscribe, Number.MAX_SAFE_INTEGER);
    world.runtime.time += 60_000;
    await answer(world, await connect(world, 'p'), publish, Number.MAX_SAFE_INTEGER);
    expect(world.poster.attempts).toBe(0);
  });

  test('when it does come, the connection and all its subscriptions go, and none can be added', async () => {
    const { world } = await withSubscribers(1);
    const caller = await connect(world, 'c9');
    await answer(world, caller, subscribe, Number.MAX_SAFE_INTEGER);
    await answer(world, caller, '{"action":"subscribe","id":1,"channel":"chat:b"}', Number.MAX_SAFE_INTEGER);
    expect(await disconnect(world.connections, 'c9')).toEqual({ channels: 2 });
    expect(world.connections.rows.get('chat:a')?.has('c9')).toBe(false);
    expect(world.connections.rows.get('chat:b')?.has('c9')).toBe(false);
    expect(await answer(world, caller, subscribe, Number.MAX_SAFE_INTEGER)).toMatchObject({
      error: { name: 'connection_gone', retry: 'reconnect' },
    });
  });
});
