// Reads that don't begin at a channel's end: rewind, sync, and history in both directions and by time.
import { dispatch, type Caller } from '../../../../../lambda/core/dispatch';
import { DELETE_GRACE } from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { EPOCH_END, decodeCursor } from '../../../../../protocol';
import { connect, HOUR, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'chat:a';

let world: MemoryWorld;
let ada: Caller;

async function ask(request: object): Promise<any> {
  return dispatch(world, ada, JSON.stringify({ id: 1, ...request }), Number.MAX_SAFE_INTEGER);
}

/** Publishes one message a minute, with the minute as data. Returns the time of the first. */
async function publish(count: number): Promise<number> {
  const start = world.runtime.time;
  for (let minute = 0; minute < count; minute++) {
    await ask({ action: 'publish', channel: CHANNEL, messages: [{ data: minute }] });
    world.runtime.time += 60_000;
  }
  return start;
}

const data = ({ ok }: { ok: { messages: { data: unknown }[] } }): unknown[] => ok.messages.map((one) => one.data);

beforeEach(async () => {
  world = memoryWorld();
  ada = await connect(world, 'ada');
});

describe('history', () => {
  test('when it is paged forwards, then it ends with the last message', async () => {
    await publish(7);
    const seen: unknown[] = [];
    let page: string | undefined;
    do {
      const reply = await ask({ action: 'history', channel: CHANNEL, direction: 'forwards', limit: 3, page });
      seen.push(...data(reply));
      page = reply.ok.next;
    } while (page !== undefined);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test.each(['forwards', 'backwards'])(
    'when asked between two times, %s, then it includes the first time and excludes the second',
    async (direction) => {
      const start = await publish(9);
      const range = { since: start + 2 * 60_000, until: start + 6 * 60_000 };
      const reply = await ask({ action: 'history', channel: CHANNEL, direction, ...range });
      expect(data(reply)).toEqual(direction === 'forwards' ? [2, 3, 4, 5] : [5, 4, 3, 2]);
    },
  );

  test.each([
    ['before the first message', -1, []],
    ['after the last', 100, [3, 2, 1, 0]],
    ['a time between two messages', 2.5, [2, 1, 0]],
  ])('when asked until %s, then it shows the messages before that time', async (_, minutes, expected) => {
    const start = await publish(4);
    const reply = await ask({ action: 'history', channel: CHANNEL, until: start + minutes * 60_000 });
    expect(data(reply)).toEqual(expected);
  });

  test('when messages are published between two pages, then the second page does not shift', async () => {
    await publish(4);
    const first = await ask({ action: 'history', channel: CHANNEL, limit: 2 });
    await publish(3);
    const second = await ask({ action: 'history', channel: CHANNEL, limit: 2, page: first.ok.next });
    expect([data(first), data(second)]).toEqual([
      [3, 2],
      [1, 0],
    ]);
  });
});

describe('history, given more expired messages than a page holds', () => {
  // Expired, and not deleted for another hour: every page before the live messages would be empty.
  const EXPIRED = 200;

  /** Reads all pages. Fails the test if they don't end. */
  async function chain({
    page: first,
    ...request
  }: {
    page?: string;
    [field: string]: unknown;
  }): Promise<{ seen: unknown[]; pages: number }> {
    const seen: unknown[] = [];
    let page: string | undefined;
    for (let pages = 1; pages <= 30; pages++) {
      const reply = await ask({ action: 'history', channel: CHANNEL, ...request, page: page ?? first });
      seen.push(...data(reply));
      page = reply.ok.next;
      if (page === undefined) return { seen, pages };
    }
    throw new Error(`the chain of pages does not end: ${page}`);
  }

  async function busyChannel(): Promise<void> {
    for (let i = 0; i < EXPIRED; i++) await ask({ action: 'publish', channel: CHANNEL, messages: [{ data: -i }] });
    world.runtime.time += HOUR;
  }

  test.each([{}, { since: 0 }])(
    'when asked forwards with %j, then the first page shows the live messages',
    async (range) => {
      await busyChannel();
      await publish(3);
      expect(await chain({ direction: 'forwards', limit: 10, ...range })).toEqual({ seen: [0, 1, 2], pages: 1 });
      expect(await chain({ direction: 'backwards', limit: 10, ...range })).toEqual({ seen: [2, 1, 0], pages: 1 });
    },
  );

  test.each(['forwards', 'backwards'])(
    'when asked %s and no message is live, then the first page is empty and the last',
    async (direction) => {
      await busyChannel();
      expect(await chain({ direction, limit: 10 })).toEqual({ seen: [], pages: 1 });
    },
  );

  test('when all messages after a page expire, then the next page forwards shows the live messages', async () => {
    for (let i = 0; i < EXPIRED; i++) await ask({ action: 'publish', channel: CHANNEL, messages: [{ data: -i }] });
    const { ok } = await ask({ action: 'history', channel: CHANNEL, direction: 'forwards', limit: 10 });
    world.runtime.time += HOUR;
    await publish(3);
    expect(await chain({ direction: 'forwards', limit: 10, page: ok.next })).toEqual({ seen: [0, 1, 2], pages: 1 });
  });

  test('given a shortened retention, when asked forwards, then older messages with a longer one are skipped too', async () => {
    // Entries written before the retention was shortened have a later deleteAfter than entries after them.
    const log: Entry[] = [];
    const now = world.runtime.time;
    for (let seq = 1; seq <= 300; seq++) {
      const deleteAfter = now + DELETE_GRACE + (seq <= 100 || seq > 250 ? 1_000 : 0);
      log.push({
        epoch: '0mock0000',
        seq,
        ts: now - 1_000,
        from: 'ada',
        messages: [{ id: `m${seq}`, data: seq, enc: 'json' }],
        deleteAfter,
        previousDeleteAfter: 0,
      });
    }
    world.logs.entries.set('chat:a#eu-west-1', log);
    const { seen } = await chain({ direction: 'forwards', limit: 10 });
    expect(seen.slice(-50)).toEqual(Array.from({ length: 50 }, (_, i) => 251 + i));
    expect((await chain({ direction: 'backwards', limit: 10 })).seen).toHaveLength(50);
  });

  test("given one origin's part that is cut short, then another origin's later messages wait for the next page", async () => {
    const now = world.runtime.time;
    // A page reads 30 expired and 5 live messages of this region's log. 15 more precede the other region's messages.
    const logOf = (origin: string, count: number, expired: number, ts: number): Entry[] =>
      Array.from({ length: count }, (_, i) => ({
        epoch: '0mock0000',
        seq: i + 1,
        ts: now - ts,
        from: 'ada',
        previousDeleteAfter: 0,
        messages: [{ id: `${origin}.${i}`, data: `${origin} ${i + 1}`, enc: 'json' }],
        deleteAfter: now + DELETE_GRACE + (i < expired ? 0 : 60_000),
      }));
    world.logs.entries.set('chat:a#eu-west-1', logOf('eu-west-1', 50, 30, 2_000));
    world.logs.entries.set('chat:a#us-east-1', logOf('us-east-1', 3, 0, 1_000));
    const both = { ...world, origins: ['eu-west-1', 'us-east-1'] };
    const seen: unknown[] = [];
    let page: string | undefined = '1!eu-west-1~0mock0000~0!us-east-1~0mock0000~0';
    while (page !== undefined) {
      const request = { action: 'history', id: 1, channel: CHANNEL, direction: 'forwards', limit: 10, page };
      const reply: any = await dispatch(both, ada, JSON.stringify(request), Number.MAX_SAFE_INTEGER);
      seen.push(...data(reply));
      page = reply.ok.next;
    }
    const here = Array.from({ length: 20 }, (_, i) => `eu-west-1 ${31 + i}`);
    expect(seen).toEqual([...here, 'us-east-1 1', 'us-east-1 2', 'us-east-1 3']);
  });

  test('when a client rewinds to a time before them, then it gets the live messages with the verdict complete', async () => {
    await busyChannel();
    await publish(2);
    const reply = await ask({ action: 'subscribe', channel: CHANNEL, rewind: { since: 0 } });
    expect([data(reply), reply.ok.verdict]).toEqual([[0, 1], 'complete']);
  });
});

describe('rewind', () => {
  test('when it asks for the last messages, then it returns them and the cursor after them', async () => {
    await publish(5);
    const reply = await ask({ action: 'subscribe', channel: CHANNEL, rewind: { last: 2 } });
    expect(data(reply)).toEqual([3, 4]);
    expect(decodeCursor(reply.ok.cursor)['eu-west-1']).toMatchObject({ seq: 5 });
  });

  test('when it asks for a time, then it returns all messages since', async () => {
    const start = await publish(5);
    const reply = await ask({ action: 'subscribe', channel: CHANNEL, rewind: { since: start + 150_000 } });
    expect([data(reply), reply.ok.verdict]).toEqual([[3, 4], 'complete']);
  });

  test('given a channel without messages, then it returns none', async () => {
    for (const rewind of [{ last: 5 }, { since: 0 }]) {
      expect(data(await ask({ action: 'subscribe', channel: CHANNEL, rewind }))).toEqual([]);
    }
  });

  test.each([{ last: 0 }, { last: 101 }, { since: -1 }, { last: 1, since: 1 }, {}, 'all'])(
    'when it is %j, then it is refused',
    async (rewind) => {
      expect(await ask({ action: 'subscribe', channel: CHANNEL, rewind })).toMatchObject({
        error: { name: 'field_invalid' },
      });
    },
  );

  test('when the request has a cursor too, then it is refused', async () => {
    const request = { action: 'subscribe', channel: CHANNEL, rewind: { last: 1 }, cursor: '1' };
    expect(await ask(request)).toMatchObject({ error: { name: 'field_invalid' } });
  });
});

describe('sync', () => {
  test('when it asks for several channels, then each is answered with its messages or its error', async () => {
    const { cursor } = (await ask({ action: 'subscribe', channel: CHANNEL })).ok;
    await publish(2);
    const { ok } = await ask({ action: 'sync', channels: { [CHANNEL]: cursor, 'nope:a': '1' } });
    expect(ok.channels[CHANNEL]).toMatchObject({ verdict: 'complete', messages: [{ data: 0 }, { data: 1 }] });
    expect(ok.channels['nope:a']).toMatchObject({ error: { name: 'namespace_unknown' } });
  });

  test('given large messages in many channels, then the answers fit one reply and the rest say more', async () => {
    const channels: Record<string, string> = {};
    for (let i = 0; i < 100; i++) {
      const channel = `chat:${'long.'.repeat(7)}${String(i).padStart(120, '0')}`;
      channels[channel] = (await ask({ action: 'subscribe', channel })).ok.cursor;
      await ask({ action: 'publish', channel, messages: [{ data: 'x'.repeat(24_000) }] });
    }
    const reply = await ask({ action: 'sync', channels });
    expect(Buffer.byteLength(JSON.stringify(reply))).toBeLessThan(128 * 1024);
    const answers = Object.entries<any>(reply.ok.channels);
    const whole = answers.filter(([, { messages }]) => messages.length > 0);
    expect(whole.length).toBeGreaterThan(1);
    for (const [channel, answer] of answers.filter(([, { messages }]) => messages.length === 0)) {
      expect(answer).toEqual({ cursor: channels[channel], verdict: 'complete', messages: [], more: true });
    }
  });

  test.each([{}, [], 'chat:a', { 'chat:a': 'nonsense' }, { 'no channel': '1' }])(
    'when channels are %j, then it is refused',
    async (channels) => {
      expect(await ask({ action: 'sync', channels })).toHaveProperty('error');
    },
  );
});

test('given a log that has expired, when a client resumes, then the loss is reported once and later messages are complete', async () => {
  const { cursor } = (await ask({ action: 'subscribe', channel: CHANNEL })).ok;
  await publish(2);
  world.runtime.time += 3 * HOUR;
  world.logs.expire(world.runtime.time);
  const first = (await ask({ action: 'subscribe', channel: CHANNEL, cursor })).ok;
  expect(first.verdict).toBe('expired');
  expect(decodeCursor(first.cursor)['eu-west-1']).toMatchObject({ seq: EPOCH_END });
  expect((await ask({ action: 'subscribe', channel: CHANNEL, cursor: first.cursor })).ok.verdict).toBe('complete');
  await publish(1);
  expect((await ask({ action: 'subscribe', channel: CHANNEL, cursor: first.cursor })).ok).toMatchObject({
    verdict: 'complete',
    messages: [{ seq: 1 }],
  });
});

test('given a stored publish and 20 later ones, when it is retried, then it is stored once and gets the same answer', async () => {
  const frame = { action: 'publish', channel: CHANNEL, messages: [{ id: 'mine', data: 'x' }] };
  const first = await ask(frame);
  await publish(20);
  expect((await ask({ ...frame, retry: true })).ok).toEqual(first.ok);
  expect(world.logs.entries.get('chat:a#eu-west-1')).toHaveLength(21);
});
