import { dispatch, type Caller } from '../../../../lambda/core/dispatch';
import { MAX_SUBSCRIPTIONS, type SubscribeOk } from '../../../../protocol';
import { DELETE_GRACE } from '../../../../lambda/core/log/epochs';
import { connect, HOUR, memoryWorld, type MemoryWorld } from '../../../support/memory/memory';

const LATER = Number.MAX_SAFE_INTEGER;

async function ask(world: MemoryWorld, caller: Caller, request: object | string): Promise<any> {
  return dispatch(world, caller, typeof request === 'string' ? request : JSON.stringify(request), LATER);
}

/** JSON of nested arrays. */
function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

async function setUp() {
  const world = memoryWorld();
  const ada = await connect(world, 'ada');
  const publish = async (...data: unknown[]) => {
    for (const one of data) {
      await ask(world, ada, {
        action: 'publish',
        id: 1,
        channel: 'chat:a',
        messages: [{ id: `m${String(one)}`, data: one }],
      });
    }
  };
  const subscribe = async (cursor?: string): Promise<SubscribeOk> =>
    (await ask(world, ada, { action: 'subscribe', id: 1, channel: 'chat:a', cursor })).ok as SubscribeOk;
  return { world, ada, publish, subscribe };
}

describe('dispatch of invalid or forbidden requests', () => {
  test.each([
    ['text that is not JSON', 'hello', 'frame_malformed', null],
    ['an array', '[]', 'frame_malformed', null],
    ['no id', '{"action":"subscribe","channel":"chat:a"}', 'frame_id_invalid', null],
    ['a negative id', '{"action":"subscribe","id":-1,"channel":"chat:a"}', 'frame_id_invalid', null],
    ['an unknown action', '{"action":"dance","id":3}', 'action_unknown', 3],
    ['a bad channel name', '{"action":"subscribe","id":3,"channel":"chat"}', 'channel_name_invalid', 3],
    ['an unknown namespace', '{"action":"subscribe","id":3,"channel":"nope:a"}', 'namespace_unknown', 3],
    ['a bad cursor', '{"action":"subscribe","id":3,"channel":"chat:a","cursor":"x"}', 'cursor_invalid', 3],
    ['a bad limit', '{"action":"history","id":3,"channel":"chat:a","limit":0}', 'field_invalid', 3],
    ['no messages', '{"action":"publish","id":3,"channel":"chat:a","messages":[]}', 'batch_invalid', 3],
    [
      'a message that is nested too deep',
      `{"action":"publish","id":3,"channel":"chat:a","messages":[{"data":${nested(101)}}]}`,
      'message_invalid',
      3,
    ],
    [
      'a message that is nested deeper than any call stack',
      `{"action":"publish","id":3,"channel":"chat:a","messages":[{"data":${nested(60_000)}}]}`,
      'message_invalid',
      3,
    ],
    [
      'nested arrays in place of messages',
      `{"action":"publish","id":3,"channel":"chat:a","messages":[${nested(60_000)}]}`,
      'message_invalid',
      3,
    ],
    ['nested arrays in place of an id', `{"action":"publish","id":${nested(60_000)}}`, 'frame_id_invalid', null],
    ['nested arrays in place of an action', `{"action":${nested(60_000)},"id":3}`, 'action_unknown', 3],
    ['a message without data', '{"action":"publish","id":3,"channel":"chat:a","messages":[{}]}', 'message_invalid', 3],
    [
      'too much data',
      JSON.stringify({ action: 'publish', id: 3, channel: 'chat:a', messages: [{ data: 'x'.repeat(24_577) }] }),
      'payload_too_large',
      3,
    ],
  ])('given %s, then the reply has an error and nothing is written', async (_, frame, name, id) => {
    const { world, ada } = await setUp();
    expect(await ask(world, ada, frame)).toMatchObject({ id, error: { name, retry: 'never' } });
    expect(world.logs.appends).toBe(0);
    expect(world.connections.rows.get('chat:a')?.size ?? 0).toBe(0);
  });

  test('given a message with 100 levels, then it is published', async () => {
    const { world, ada } = await setUp();
    const frame = `{"action":"publish","id":3,"channel":"chat:a","messages":[{"data":${nested(100)}}]}`;
    expect(await ask(world, ada, frame)).toHaveProperty('ok');
  });

  test('given a missing capability or an expired token, then the reply has an error and nothing is written', async () => {
    const { world } = await setUp();
    const reader = await connect(world, 'reader', { 'chat:*': ['subscribe'] });
    const publish = { action: 'publish', id: 4, channel: 'chat:a', messages: [{ data: 1 }] };
    expect(await ask(world, reader, publish)).toMatchObject({
      id: 4,
      error: { code: 40103, name: 'capability_missing' },
    });
    world.runtime.time += 25 * HOUR;
    expect(await ask(world, reader, publish)).toMatchObject({
      id: 4,
      error: { name: 'token_expired', retry: 'renew' },
    });
    expect(world.logs.appends).toBe(0);
  });

  test.each([{ last: 5 }, { since: 0 }])('given rewind %j, then the history capability is required', async (rewind) => {
    const { world, publish } = await setUp();
    await publish(1);
    const listener = await connect(world, 'listener', { 'chat:*': ['subscribe'] });
    const request = { action: 'subscribe', id: 4, channel: 'chat:a', rewind };
    expect(await ask(world, listener, request)).toMatchObject({
      error: { name: 'capability_missing', message: expect.stringContaining('Action: history') },
    });
    expect(world.connections.rows.get('chat:a')?.has('listener') ?? false).toBe(false);
    const reader = await connect(world, 'reader', { 'chat:*': ['subscribe', 'history'] });
    expect(await ask(world, reader, request)).toMatchObject({ ok: { messages: [{ data: 1 }] } });
  });

  test('given the maximum number of subscriptions, then a new channel is refused and a subscribed one is accepted', async () => {
    const { world, ada } = await setUp();
    for (let i = 0; i < MAX_SUBSCRIPTIONS; i++)
      await ask(world, ada, { action: 'subscribe', id: 1, channel: `chat:${i}` });
    expect(await ask(world, ada, { action: 'subscribe', id: 1, channel: 'chat:0' })).toHaveProperty('ok');
    expect(await ask(world, ada, { action: 'subscribe', id: 1, channel: 'chat:x' })).toMatchObject({
      error: { name: 'subscription_limit' },
    });
    expect(world.connections.rows.has('chat:x')).toBe(false);
  });
});

describe('subscribe', () => {
  test('given no cursor, then the subscription begins now, and its cursor resumes from there', async () => {
    const { publish, subscribe } = await setUp();
    await publish(1, 2);
    const { cursor, messages, verdict } = await subscribe();
    expect({ messages, verdict }).toEqual({ messages: [], verdict: 'complete' });
    await publish(3, 4);
    const resumed = await subscribe(cursor);
    expect(resumed).toMatchObject({ verdict: 'complete', more: false });
    expect(resumed.messages.map(({ data }) => data)).toEqual([3, 4]);
    expect((await subscribe(resumed.cursor)).messages).toEqual([]);
  });

  test('given a channel without messages, then its cursor resumes from the first message on', async () => {
    const { publish, subscribe } = await setUp();
    const { cursor } = await subscribe();
    expect((await subscribe(cursor)).verdict).toBe('complete');
    await publish(1);
    const resumed = await subscribe(cursor);
    expect(resumed.verdict).toBe('complete');
    expect(resumed.messages.map(({ data }) => data)).toEqual([1]);
  });

  test('given a cursor inside a batch, then the rest of the batch is returned', async () => {
    const { world, ada, subscribe } = await setUp();
    const messages = [1, 2, 3, 4].map((data) => ({ data }));
    await ask(world, ada, { action: 'publish', id: 1, channel: 'chat:a', messages });
    const { cursor } = await subscribe();
    const inside = cursor.replace(/~4$/, '~2');
    const resumed = await subscribe(inside);
    expect(resumed.verdict).toBe('complete');
    expect(resumed.messages.map(({ seq }) => seq)).toEqual([3, 4]);
  });

  test('given a long catch-up, then its pages join without a gap', async () => {
    const { publish, subscribe } = await setUp();
    let { cursor } = await subscribe();
    await publish(...Array.from({ length: 250 }, (_, i) => i));
    const seen: number[] = [];
    for (let more = true; more; ) {
      const page = await subscribe(cursor);
      expect(page.verdict).toBe('complete');
      seen.push(...page.messages.map(({ seq }) => seq));
      ({ cursor, more } = page);
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
  });

  test('given large messages, then a page stays below the size limit of a reply', async () => {
    const { world, ada, subscribe } = await setUp();
    const { cursor } = await subscribe();
    const messages = [{ data: 'x'.repeat(20_000) }];
    for (let i = 0; i < 8; i++) await ask(world, ada, { action: 'publish', id: 1, channel: 'chat:a', messages });
    const page = await subscribe(cursor);
    expect(page.more).toBe(true);
    expect(JSON.stringify(page).length).toBeLessThan(128 * 1024);
  });

  test('given a cursor older than the retention, then the verdict is expired and reading starts at the oldest message', async () => {
    const { world, publish, subscribe } = await setUp();
    await publish(1);
    const { cursor } = await subscribe();
    await publish(2);
    world.runtime.time += HOUR;
    await publish(3);
    const resumed = await subscribe(cursor);
    expect(resumed).toMatchObject({ verdict: 'expired', origins: ['eu-west-1'] });
    expect(resumed.messages.map(({ data }) => data)).toEqual([3]);
    expect((await subscribe(resumed.cursor)).verdict).toBe('complete');
  });

  test('given a cursor at the end of a log whose messages have expired, then the verdict is complete', async () => {
    const { world, publish, subscribe } = await setUp();
    await publish(1);
    const { cursor } = await subscribe();
    world.runtime.time += HOUR + 1;
    expect((await subscribe(cursor)).verdict).toBe('complete');
  });

  test('given a log that expired and began again, then the verdict is reset', async () => {
    const { world, publish, subscribe } = await setUp();
    await publish(1);
    const { cursor } = await subscribe();
    world.runtime.time += HOUR + DELETE_GRACE;
    world.logs.expire(world.runtime.time);
    await publish(2);
    const resumed = await subscribe(cursor);
    expect(resumed.verdict).toBe('reset');
    expect(resumed.messages.map(({ data }) => data)).toEqual([2]);
  });

  test('given a log that was deleted, then the verdict is expired', async () => {
    const { world, publish, subscribe } = await setUp();
    await publish(1);
    const { cursor } = await subscribe();
    world.runtime.time += HOUR + DELETE_GRACE;
    world.logs.expire(world.runtime.time);
    expect((await subscribe(cursor)).verdict).toBe('expired');
  });

  test('given a cursor of an empty channel whose later log was deleted, then the verdict is not complete', async () => {
    const { world, publish, subscribe } = await setUp();
    const { cursor } = await subscribe();
    await publish(1);
    world.runtime.time += HOUR + DELETE_GRACE;
    world.logs.expire(world.runtime.time);
    expect((await subscribe(cursor)).verdict).toBe('expired');
    await publish(2);
    expect((await subscribe(cursor)).verdict).toBe('reset');
  });

  test("given a gap in another region's log, then the verdict is pending until the missing entry is replicated", async () => {
    const { world, publish, subscribe } = await setUp();
    const { cursor } = await subscribe();
    await publish(1, 2, 3);
    const otherRegion = { ...world, origin: 'us-east-1', origins: ['eu-west-1', 'us-east-1'] };
    const there = await connect(otherRegion, 'bob');
    const resumeThere = async (from: string): Promise<SubscribeOk> =>
      (await ask(otherRegion, there, { action: 'subscribe', id: 1, channel: 'chat:a', cursor: from }))
        .ok as SubscribeOk;
    const log = world.logs.entries.get('chat:a#eu-west-1') ?? [];
    const [second] = log.splice(1, 1);
    const resumed = await resumeThere(cursor);
    expect(resumed).toMatchObject({ verdict: 'pending', origins: ['eu-west-1'], more: false });
    expect(resumed.messages.map(({ data }) => data)).toEqual([1]);
    // The gap is now directly after the cursor.
    expect(await resumeThere(resumed.cursor)).toMatchObject({ verdict: 'pending', messages: [] });
    log.push(second!);
    const repaired = await resumeThere(resumed.cursor);
    expect(repaired.verdict).toBe('complete');
    expect(repaired.messages.map(({ data }) => data)).toEqual([2, 3]);
  });

  test('when a message is published during a subscribe, then it is read, or pushed, or both', async () => {
    // A publish runs to its end before and after each step of the subscribe.
    for (const moment of ['noteChannel', 'addSubscriber'] as const) {
      const { world, publish, ada } = await setUp();
      await publish(0);
      const cursor = ((await ask(world, ada, { action: 'subscribe', id: 1, channel: 'chat:a' })) as { ok: SubscribeOk })
        .ok.cursor;
      const late = await connect(world, 'late');
      const original = world.connections[moment].bind(world.connections) as (...args: unknown[]) => Promise<unknown>;
      Object.assign(world.connections, {
        [moment]: async (...args: unknown[]) => {
          Object.assign(world.connections, { [moment]: original });
          await publish('before');
          const result = await original(...args);
          await publish('after');
          return result;
        },
      });
      const { ok } = (await ask(world, late, { action: 'subscribe', id: 1, channel: 'chat:a', cursor })) as {
        ok: SubscribeOk;
      };
      const pushed = (world.transport.frames.get('late') ?? []) as { messages: { data: unknown }[] }[];
      const seen = new Set([...ok.messages, ...pushed.flatMap(({ messages }) => messages)].map(({ data }) => data));
      expect(seen).toEqual(new Set(['before', 'after']));
    }
  });

  test('when a client unsubscribes, then it gets no more messages', async () => {
    const { world, ada, publish, subscribe } = await setUp();
    await subscribe();
    expect(await ask(world, ada, { action: 'unsubscribe', id: 5, channel: 'chat:a' })).toEqual({ id: 5, ok: {} });
    await publish(1);
    expect(world.transport.frames.get('ada')).toBeUndefined();
    expect(world.connections.connections.get('ada')?.channels.size).toBe(0);
  });
});

describe('history', () => {
  test('given several pages, then they go from the newest message to the first', async () => {
    const { world, ada, publish } = await setUp();
    await publish(...Array.from({ length: 7 }, (_, i) => i + 1));
    const seen: unknown[] = [];
    let page: string | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const { ok } = await ask(world, ada, { action: 'history', id: 1, channel: 'chat:a', limit: 3, page });
      seen.push(...ok.messages.map(({ data }: { data: unknown }) => data));
      page = ok.next;
      if (page === undefined) break;
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(page).toBeUndefined();
  });

  test('given a batch larger than a page, then the next page continues inside the batch', async () => {
    const { world, ada } = await setUp();
    const messages = [1, 2, 3, 4, 5].map((data) => ({ data }));
    await ask(world, ada, { action: 'publish', id: 1, channel: 'chat:a', messages });
    const first = await ask(world, ada, { action: 'history', id: 1, channel: 'chat:a', limit: 2 });
    expect(first.ok.messages.map(({ seq }: { seq: number }) => seq)).toEqual([5, 4]);
    const second = await ask(world, ada, {
      action: 'history',
      id: 1,
      channel: 'chat:a',
      limit: 10,
      page: first.ok.next,
    });
    expect(second.ok.messages.map(({ seq }: { seq: number }) => seq)).toEqual([3, 2, 1]);
    expect(second.ok.next).toBeUndefined();
  });

  test('given an empty channel, or expired messages only, then the page is empty', async () => {
    const { world, ada, publish } = await setUp();
    const request = { action: 'history', id: 1, channel: 'chat:a' };
    expect(await ask(world, ada, request)).toEqual({ id: 1, ok: { messages: [], verdict: 'complete' } });
    await publish(1);
    world.runtime.time += HOUR;
    expect(await ask(world, ada, request)).toEqual({ id: 1, ok: { messages: [], verdict: 'complete' } });
  });
});
