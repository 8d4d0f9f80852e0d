// Rewind and history of a region whose replica of another region's log lacks messages that later ones have overtaken.
import { dispatch } from '../../../../../lambda/core/dispatch';
import { DELETE_GRACE, epochAt } from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { connect, HOUR, memoryWorld } from '../../../../support/memory/memory';

const [CHANNEL, ORIGIN] = ['chat:a', 'us-east-1'];
const NAME = `${CHANNEL}#${ORIGIN}`;

/** A region that has some messages of another region's log, one for each second. */
async function replicaWith(...seqs: number[]) {
  const world = { ...memoryWorld(), origins: ['eu-west-1', ORIGIN] };
  const ada = await connect(world, 'ada');
  const opened = world.runtime.time - 100_000;
  const epoch = epochAt(opened);
  const entry = (seq: number, text: string): Entry => {
    const ts = opened + seq * 1_000;
    const deleteAfter = ts + HOUR + DELETE_GRACE;
    const messages = [{ id: `m${seq}`, data: text, enc: 'json' }];
    return {
      epoch,
      seq,
      ts,
      from: 'bob',
      messages,
      deleteAfter,
      previousDeleteAfter: seq === 1 ? 0 : deleteAfter - 1_000,
    };
  };
  const have = (...some: number[]): void => {
    world.logs.entries.set(
      NAME,
      some.map((seq) => entry(seq, String(seq))),
    );
  };
  have(...seqs);
  world.logs.headers.set(NAME, { epoch, ts: opened, deleteAfter: opened + 800 * HOUR });
  const ask = async (request: object): Promise<any> => {
    const frame = JSON.stringify({ id: 1, channel: CHANNEL, ...request });
    const reply: any = await dispatch(world, ada, frame, Number.MAX_SAFE_INTEGER);
    const { verdict, origins, cursor, next, messages } = reply.ok;
    return { verdict, origins, cursor, next, data: messages.map(({ data }: { data: string }) => Number(data)) };
  };
  const resume = async (cursor: string): Promise<any> => ask({ action: 'subscribe', cursor });
  return { world, ask, have, resume, timeOf: (seq: number) => opened + seq * 1_000 };
}

const PENDING = { verdict: 'pending', origins: [ORIGIN] };

describe('subscribe with rewind, given a replica with the messages 1, 2, 3, 5, 6', () => {
  test.each([
    ['last', () => ({ last: 50 })],
    ['since', (timeOf: (seq: number) => number) => ({ since: timeOf(1) })],
  ])('when %s asks for all, then it ends before the hole, and a resume brings the rest', async (_, rewindOf) => {
    const { ask, have, resume, timeOf } = await replicaWith(1, 2, 3, 5, 6);
    const answer = await ask({ action: 'subscribe', rewind: rewindOf(timeOf) });
    expect(answer).toMatchObject({ ...PENDING, data: [1, 2, 3] });
    expect(await resume(answer.cursor)).toMatchObject({ ...PENDING, data: [] });
    have(1, 2, 3, 4, 5, 6);
    expect(await resume(answer.cursor)).toMatchObject({ verdict: 'complete', data: [4, 5, 6] });
  });

  test('when the hole is older than the last messages that are asked for, then the answer is complete', async () => {
    const { ask } = await replicaWith(1, 2, 3, 5, 6);
    const answer = await ask({ action: 'subscribe', rewind: { last: 2 } });
    expect(answer).toMatchObject({ verdict: 'complete', data: [5, 6] });
  });

  test('when the messages before the time are missing, then the answer is complete', async () => {
    const { ask, timeOf } = await replicaWith(1, 3, 4, 5);
    const answer = await ask({ action: 'subscribe', rewind: { since: timeOf(4) } });
    expect(answer).toMatchObject({ verdict: 'complete', data: [4, 5] });
  });
});

test.each([
  ['last', () => ({ last: 50 })],
  ['since', (timeOf: (seq: number) => number) => ({ since: timeOf(1) })],
])(
  'given a replica without the first messages, when a client rewinds by %s, then it begins before them',
  async (_, of) => {
    const { ask, have, resume, timeOf } = await replicaWith(5, 6);
    const answer = await ask({ action: 'subscribe', rewind: of(timeOf) });
    expect(answer).toMatchObject({ ...PENDING, data: [] });
    have(1, 2, 3, 4, 5, 6);
    expect(await resume(answer.cursor)).toMatchObject({ verdict: 'complete', data: [1, 2, 3, 4, 5, 6] });
  },
);

describe('history, given a replica with the messages 1, 2, 3, 5, 6', () => {
  test.each([
    ['forwards', [1, 2, 3], [4, 5, 6]],
    ['backwards', [6, 5], [4, 3, 2, 1]],
  ])('when read %s, then the page ends at the hole, and the next continues there', async (direction, first, rest) => {
    const { ask, have } = await replicaWith(1, 2, 3, 5, 6);
    const request = { action: 'history', direction };
    const page = await ask(request);
    expect(page).toMatchObject({ ...PENDING, data: first });
    const same = await ask({ ...request, page: page.next });
    expect(same).toMatchObject({ ...PENDING, data: [], next: page.next });
    have(1, 2, 3, 4, 5, 6);
    const next = await ask({ ...request, page: page.next });
    expect(next).toEqual({ verdict: 'complete', origins: undefined, data: rest, next: undefined, cursor: undefined });
  });

  test.each([
    ['forwards', [1, 2]],
    ['backwards', [6]],
  ])('when a page %s is full before the hole, then it is complete', async (direction, expected) => {
    const { ask } = await replicaWith(1, 2, 3, 5, 6);
    const page = await ask({ action: 'history', direction, limit: expected.length });
    expect(page).toMatchObject({ verdict: 'complete', data: expected, next: expect.any(String) });
  });

  test.each([
    ['forwards', [1, 2, 3]],
    ['backwards', []],
  ])('when read %s until a time right after the hole, then it is pending', async (direction, expected) => {
    const { ask, have, timeOf } = await replicaWith(1, 2, 3, 5, 6);
    const request = { action: 'history', direction, until: timeOf(5) };
    const page = await ask(request);
    expect(page).toMatchObject({ ...PENDING, data: expected });
    have(1, 2, 3, 4, 5, 6);
    const next = await ask({ ...request, page: page.next });
    expect(next).toMatchObject({ verdict: 'complete', data: direction === 'forwards' ? [4] : [4, 3, 2, 1] });
  });

  test.each([
    ['forwards', (t: (seq: number) => number) => ({ until: t(3) }), [1, 2]],
    ['backwards', (t: (seq: number) => number) => ({ since: t(5) }), [6, 5]],
    ['backwards', (t: (seq: number) => number) => ({ until: t(3) }), [2, 1]],
  ])('when read %s, not as far as the hole, then it is complete', async (direction, rangeOf, expected) => {
    const { ask, timeOf } = await replicaWith(1, 2, 3, 5, 6);
    // Backwards from 5 on, the hole's message may be of the requested time or not: its time is unknown.
    const page = await ask({ action: 'history', direction, ...rangeOf(timeOf) });
    const isUnknown = expected[0] === 6;
    expect(page).toMatchObject({ verdict: isUnknown ? 'pending' : 'complete', data: expected });
  });
});

test.each(['forwards', 'backwards'])(
  'given a replica without the first messages, when history is read %s, then it is pending, and then complete',
  async (direction) => {
    const { ask, have } = await replicaWith(3, 4);
    const request = { action: 'history', direction };
    const page = await ask(request);
    expect(page).toMatchObject({ ...PENDING, data: direction === 'forwards' ? [] : [4, 3] });
    expect(await ask({ ...request, page: page.next })).toMatchObject({ ...PENDING, data: [] });
    have(1, 2, 3, 4);
    const next = await ask({ ...request, page: page.next });
    expect(next).toMatchObject({ verdict: 'complete', data: direction === 'forwards' ? [1, 2, 3, 4] : [2, 1] });
  },
);

test.each([
  ['some older messages', [1, 2]],
  ['no message', []],
])(
  'given a page of another region, when this region has %s, then the next page is pending until the rest is here',
  async (_, here) => {
    const { ask, have } = await replicaWith(1, 2, 3, 4, 5, 6);
    const request = { action: 'history', direction: 'backwards' };
    const { next } = await ask({ ...request, limit: 2 });
    have(...here);
    expect(await ask({ ...request, page: next })).toMatchObject({ ...PENDING, data: [], next });
    have(1, 2, 3, 4);
    expect(await ask({ ...request, page: next })).toMatchObject({ verdict: 'complete', data: [4, 3, 2, 1] });
  },
);

test('given messages that expire between two pages, when history is read forwards, then the second page is expired', async () => {
  const { world, ask, timeOf } = await replicaWith(1, 2, 3, 4, 5);
  const request = { action: 'history', direction: 'forwards', limit: 1 };
  const page = await ask(request);
  world.runtime.time = timeOf(3) + HOUR;
  const next = await ask({ ...request, page: page.next });
  expect(next).toMatchObject({ verdict: 'expired', origins: [ORIGIN], data: [4] });
  expect(await ask({ ...request, page: next.next })).toMatchObject({ verdict: 'complete', data: [5] });
});
