// Reading a channel from elsewhere than its end: rewind, sync, and history in both directions and by time.
import { dispatch, type Caller } from '../../../../../lambda/core/dispatch';
import { DELETE_GRACE } from '../../../../../lambda/core/log/append';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { EPOCH_END, decodeCursor } from '../../../../../protocol';
import { connect, HOUR, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'chat:a';

let world: MemoryWorld;
let ada: Caller;

async function ask(request: object): Promise<any> {
  return dispatch(world, ada, JSON.stringify({ id: 1, ...request }), Number.MAX_SAFE_INTEGER);
}

/** One message a minute, the data being the minute. Returns when the first was published. */
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
  test('forwards, page by page, to the last message', async () => {
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
    'between two times, %s: the first included, the second not',
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
  ])('until %s', async (_, minutes, expected) => {
    const start = await publish(4);
    const reply = await ask({ action: 'history', channel: CHANNEL, until: start + minutes * 60_000 });
    expect(data(reply)).toEqual(expected);
  });

  test('what is published between two pages does not move the second', async () => {
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

describe('history of a busy channel, where more has expired than a page holds', () => {
  // Expired, and for another hour not deleted: every page before what is left would be empty.
  const EXPIRED = 200;

  /** Pages through all of it; a chain that does not end fails the test. */
  async function chain(request: object): Promise<{ seen: unknown[]; pages: number }> {
    const seen: unknown[] = [];
    let page: string | undefined;
    for (let pages = 1; pages <= 30; pages++) {
      const reply = await ask({
        action: 'history',
        channel: CHANNEL,
        ...request,
        ...(page === undefined ? {} : { page }),
      });
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

  test.each([{}, { since: 0 }])('forwards with %j shows what is left, at once', async (range) => {
    await busyChannel();
    await publish(3);
    expect(await chain({ direction: 'forwards', limit: 10, ...range })).toEqual({ seen: [0, 1, 2], pages: 1 });
    expect(await chain({ direction: 'backwards', limit: 10, ...range })).toEqual({ seen: [2, 1, 0], pages: 1 });
  });

  test.each(['forwards', 'backwards'])('%s ends when nothing is left', async (direction) => {
    await busyChannel();
    expect(await chain({ direction, limit: 10 })).toEqual({ seen: [], pages: 1 });
  });

  test('forwards goes on from a page behind which everything has expired meanwhile', async () => {
    for (let i = 0; i < EXPIRED; i++) await ask({ action: 'publish', channel: CHANNEL, messages: [{ data: -i }] });
    const { ok } = await ask({ action: 'history', channel: CHANNEL, direction: 'forwards', limit: 10 });
    world.runtime.time += HOUR;
    await publish(3);
    expect(await chain({ direction: 'forwards', limit: 10, page: ok.next })).toEqual({ seen: [0, 1, 2], pages: 1 });
  });

  test('forwards passes what has expired before what was meant to stay longer', async () => {
    // The retention was shortened: what was written before would stay longer than what came after it.
    const log: Entry[] = [];
    const now = world.runtime.time;
    for (let seq = 1; seq <= 300; seq++) {
      const deleteAfter = now + DELETE_GRACE + (seq <= 100 || seq > 250 ? 1_000 : 0);
      log.push({
        ...{
          epoch: '0mock0000',
          seq,
          ts: now - 1_000,
          from: 'ada',
          messages: [{ id: `m${seq}`, data: seq, enc: 'json' }],
        },
        ...{ deleteAfter, previousDeleteAfter: 0 },
      });
    }
    world.logs.entries.set('chat:a#eu-west-1', log);
    const { seen } = await chain({ direction: 'forwards', limit: 10 });
    expect(seen.slice(-50)).toEqual(Array.from({ length: 50 }, (_, i) => 251 + i));
    expect((await chain({ direction: 'backwards', limit: 10 })).seen).toHaveLength(50);
  });

  test("one region's part that ends early does not let another region's later messages pass", async () => {
    const now = world.runtime.time;
    // Of this region's log, a page reads 30 that have expired and 5 that have not; 15 more come before the other region's.
    const logOf = (origin: string, count: number, expired: number, ts: number): Entry[] =>
      Array.from({ length: count }, (_, i) => ({
        ...{ epoch: '0mock0000', seq: i + 1, ts: now - ts, from: 'ada', previousDeleteAfter: 0 },
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

  test('a rewind to a time begins with what is left, and tells of no loss', async () => {
    await busyChannel();
    await publish(2);
    const reply = await ask({ action: 'subscribe', channel: CHANNEL, rewind: { since: 0 } });
    expect([data(reply), reply.ok.verdict]).toEqual([[0, 1], 'complete']);
  });
});

describe('rewind', () => {
  test('to the last messages: those, and the cursor behind them', async () => {
    await publish(5);
    const reply = await ask({ action: 'subscribe', channel: CHANNEL, rewind: { last: 2 } });
    expect(data(reply)).toEqual([3, 4]);
    expect(decodeCursor(reply.ok.cursor)['eu-west-1']).toMatchObject({ seq: 5 });
  });

  test('to a time: everything since', async () => {
    const start = await publish(5);
    const reply = await ask({ action: 'subscribe', channel: CHANNEL, rewind: { since: start + 150_000 } });
    expect([data(reply), reply.ok.verdict]).toEqual([[3, 4], 'complete']);
  });

  test('of a channel that nobody wrote to: nothing', async () => {
    for (const rewind of [{ last: 5 }, { since: 0 }]) {
      expect(data(await ask({ action: 'subscribe', channel: CHANNEL, rewind }))).toEqual([]);
    }
  });

  test.each([{ last: 0 }, { last: 101 }, { since: -1 }, { last: 1, since: 1 }, {}, 'all'])(
    '%j is refused',
    async (rewind) => {
      expect(await ask({ action: 'subscribe', channel: CHANNEL, rewind })).toMatchObject({
        error: { name: 'field_invalid' },
      });
    },
  );

  test('and a cursor exclude each other', async () => {
    const request = { action: 'subscribe', channel: CHANNEL, rewind: { last: 1 }, cursor: '1' };
    expect(await ask(request)).toMatchObject({ error: { name: 'field_invalid' } });
  });
});

describe('sync', () => {
  test('answers each channel by itself: what came, or why not', async () => {
    const { cursor } = (await ask({ action: 'subscribe', channel: CHANNEL })).ok;
    await publish(2);
    const { ok } = await ask({ action: 'sync', channels: { [CHANNEL]: cursor, 'nope:a': '1' } });
    expect(ok.channels[CHANNEL]).toMatchObject({ verdict: 'complete', messages: [{ data: 0 }, { data: 1 }] });
    expect(ok.channels['nope:a']).toMatchObject({ error: { name: 'namespace_unknown' } });
  });

  test('of many channels that all have large messages fits one reply; the rest is asked for by subscribing', async () => {
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
    'of %j is refused',
    async (channels) => {
      expect(await ask({ action: 'sync', channels })).toHaveProperty('error');
    },
  );
});

test('a log that has expired is told of once, and what follows its end is no loss', async () => {
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

test('a publish that is sent again is stored once, however far others have written meanwhile', async () => {
  const frame = { action: 'publish', channel: CHANNEL, messages: [{ id: 'mine', data: 'x' }] };
  const first = await ask(frame);
  await publish(20);
  expect((await ask({ ...frame, retry: true })).ok).toEqual(first.ok);
  expect(world.logs.entries.get('chat:a#eu-west-1')).toHaveLength(21);
});
