// Searches for other attempts of a publish, and appends that meet the end of an epoch or another writer.
import { append, type AppendRequest } from '../../../../../lambda/core/log/append';
import { findAttempt, LOOK_BACK } from '../../../../../lambda/core/log/earlier-attempt';
import {
  EPOCH_MARGIN,
  epochAt,
  newHeader,
  openingOf,
  retentionOf,
  UNKNOWN_PREVIOUS,
} from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { openNewEpoch } from '../../../../../lambda/core/log/new-epoch';
import { type Tail, tailAfter, TailHints } from '../../../../../lambda/core/log/tail';
import { HOUR, MemoryLogs, TestRuntime } from '../../../../support/memory/memory';

const KEY = { channel: 'chat:a', origin: 'eu-west-1' };
const T = Date.UTC(2026, 0, 1);
const E1 = epochAt(T);
const FAR = T + 1_000 * HOUR;

function entry(seq: number, more: Partial<Entry> = {}): Entry {
  const messages = [{ id: `m${seq}`, data: seq, enc: 'json' }];
  return { epoch: E1, seq, ts: T + seq, from: 'ada', messages, deleteAfter: FAR, previousDeleteAfter: 0, ...more };
}
async function logOf(...entries: Entry[]): Promise<MemoryLogs> {
  const logs = new MemoryLogs();
  for (const one of entries) await logs.append(KEY, one);
  return logs;
}
const many = (count: number): Entry[] => Array.from({ length: count }, (_, i) => entry(i + 1));
const tailAt = (next: number): Tail => ({ ...tailAfter(entry(next - 1)), next });
const isSeq =
  (seq: number) =>
  (one: Entry): boolean =>
    one.seq === seq;

describe('findAttempt', () => {
  test('given an entry behind many others, then it is found, and nothing before the tail is', async () => {
    const logs = await logOf(...many(250));
    const search = (seq: number) => findAttempt(logs, { key: KEY, tail: tailAt(5), isAttempt: isSeq(seq) });
    expect(await search(240)).toMatchObject({ outcome: 'found', entry: { seq: 240 } });
    expect(await search(5)).toMatchObject({ outcome: 'found', entry: { seq: 5 } });
    expect(await search(4)).toMatchObject({ outcome: 'end', tail: { next: 251 } });
  });

  test('given a place to begin, then it is examined instead of that of the tail', async () => {
    const logs = await logOf(...many(9));
    const search = { key: KEY, tail: tailAt(8), isAttempt: isSeq(4) };
    expect(await findAttempt(logs, { ...search, from: 4 })).toMatchObject({ outcome: 'found' });
    expect(await findAttempt(logs, { ...search, from: 5 })).toMatchObject({ outcome: 'end' });
  });

  test('given nothing from the tail on, then the log ends there', async () => {
    expect(await findAttempt(new MemoryLogs(), { key: KEY, tail: tailAt(8), isAttempt: isSeq(1) })).toEqual({
      outcome: 'end',
      tail: tailAt(8),
    });
  });

  test.each([
    [T + 99, 'stopped'],
    [T + 100, 'found'],
  ])('given entries later than %d on the first page, then the search ends: %s', async (until, outcome) => {
    const logs = await logOf(...many(250));
    expect(await findAttempt(logs, { key: KEY, tail: tailAt(1), isAttempt: isSeq(150), until })).toMatchObject({
      outcome,
    });
  });

  test('given a limit, then one page is read', async () => {
    const logs = await logOf(...many(9));
    const search = { key: KEY, tail: tailAt(1), isAttempt: isSeq(8) };
    const found = (entries: number, bytes = 1e6) => findAttempt(logs, { ...search, limit: { entries, bytes } });
    expect([await found(7), await found(7, 1), await found(8), await found(10)].map(({ outcome }) => outcome)).toEqual([
      'stopped',
      'stopped',
      'found',
      'found',
    ]);
  });
});

describe('append', () => {
  const deps = (logs: MemoryLogs) => ({ logs, hints: new TailHints(), runtime: new TestRuntime() });
  const request = (more: Partial<AppendRequest> = {}): AppendRequest => ({
    key: KEY,
    from: 'ada',
    messages: [{ id: 'x', data: 1 }],
    retention: HOUR,
    ...more,
  });
  const own = (seq: number, more: Partial<Entry> = {}): Entry =>
    entry(seq, { messages: [{ id: 'x', data: 1, enc: 'json' }], ...more });
  /** A log whose epoch ends, for writers, in a minute. */
  const ENDING = { deleteAfter: T + 60_000 + EPOCH_MARGIN };

  test.each([
    [59_999, E1, 2],
    [60_000, epochAt(T + 60_000), 1],
  ])(
    'given a tail from before, %d ms later, then the entry is in the epoch that a writer may continue',
    async (ms, epoch, seq) => {
      const one = deps(await logOf(entry(1, ENDING)));
      one.runtime.time = T + ms;
      expect(await append(one, request({ start: tailAfter(entry(1, ENDING)) }))).toMatchObject({ epoch, seq });
    },
  );

  test('given an attempt in the epoch that ended, or in the next one, then it is the answer', async () => {
    for (const there of [own(2, ENDING), own(1, { epoch: epochAt(T + 60_000) })]) {
      const one = deps(await logOf(entry(1, ENDING), there));
      await one.logs.openEpoch(KEY, newHeader(T + 60_000, HOUR, E1), undefined);
      one.runtime.time = T + 70_000;
      expect(await append(one, request({ start: tailAfter(entry(1, ENDING)) }))).toEqual(there);
    }
  });

  test('given entries of others in the next epoch, then the entry follows them', async () => {
    const next = epochAt(T + 60_000);
    const one = deps(await logOf(entry(1, ENDING), entry(1, { epoch: next }), entry(2, { epoch: next })));
    one.runtime.time = T + 70_000;
    expect(await append(one, request({ start: tailAfter(entry(1, ENDING)) }))).toMatchObject({ epoch: next, seq: 3 });
  });

  test('given a message of another sender with the same content, then it is not an attempt', async () => {
    const one = deps(await logOf(own(1, { from: 'bob' })));
    one.runtime.time = T + 10;
    one.hints.set(KEY, { tail: tailAt(1), isShared: false, at: T });
    expect(await append(one, request())).toMatchObject({ seq: 2, from: 'ada' });
  });

  test('given a retry, then attempts as far back as the search goes are found, and older ones are not', async () => {
    for (const [seq, found] of [
      [11, true],
      [10, false],
    ] as const) {
      const entries = many(10 + LOOK_BACK);
      entries[seq - 1] = own(seq);
      const one = deps(await logOf(...entries));
      one.runtime.time = T + 1_000;
      const stored = await append(one, request({ earlier: 'recent' }));
      expect(stored.seq).toBe(found ? seq : 11 + LOOK_BACK);
    }
  });

  test('given a lost place, then the next append reads the log first; without one it does not', async () => {
    const one = deps(await logOf(entry(1)));
    one.runtime.time = T + 10;
    one.hints.set(KEY, { tail: tailAt(1), isShared: false, at: T });
    await append(one, request());
    expect(one.hints.get(KEY, T)).toMatchObject({ isShared: true, at: one.runtime.time });
    const read = jest.spyOn(one.logs, 'newest');
    await append(one, request({ messages: [{ id: 'y', data: 1 }] }));
    await append(one, request({ messages: [{ id: 'z', data: 1 }] }));
    expect([read.mock.calls.length, one.hints.get(KEY, T)?.isShared]).toEqual([1, false]);
  });

  test('given an earlier attempt that stored nothing, then the search stops, and the entry is at the end of the log', async () => {
    const one = deps(await logOf(...many(250)));
    one.runtime.time = T + 1_000;
    const earlier = { since: tailAt(1), until: T + 50 };
    expect(await append(one, request({ earlier }))).toMatchObject({ seq: 251 });
    expect(one.hints.get(KEY, T)?.isShared).toBe(false);
    const start = tailAt(252);
    expect(await append(one, request({ messages: [{ id: 'y', data: 1 }], earlier, start }))).toMatchObject({
      seq: 252,
    });
  });
});

describe('openNewEpoch', () => {
  const headerOf = (logs: MemoryLogs) => logs.headers.get(`${KEY.channel}#${KEY.origin}`)!;

  test('given a log, then its newest entry is closed, and the header is of a later epoch that follows none', async () => {
    const logs = await logOf(entry(1), entry(2));
    await logs.openEpoch(KEY, newHeader(T, 7 * HOUR, undefined), undefined);
    await openNewEpoch(logs, KEY, T + HOUR);
    expect(await logs.newest(KEY)).toMatchObject({ seq: 2, isClosed: true });
    expect(headerOf(logs)).toMatchObject({ epoch: epochAt(T + HOUR), previous: UNKNOWN_PREVIOUS, ts: T + HOUR });
    expect(retentionOf(headerOf(logs))).toBe(7 * HOUR);
  });

  test.each([
    ['the header', [], newHeader(T + HOUR, HOUR, undefined), T + HOUR],
    ['the newest entry', [entry(1, { epoch: epochAt(T + 2 * HOUR) })], newHeader(T, HOUR, undefined), T + 2 * HOUR],
    ['an entry without a header', [entry(1, { epoch: epochAt(T + HOUR) })], undefined, T + HOUR],
  ])('given a clock behind %s, then the epoch is later still', async (_, entries, header, latest) => {
    const logs = await logOf(...entries);
    if (header !== undefined) await logs.openEpoch(KEY, header, undefined);
    await openNewEpoch(logs, KEY, T);
    expect(openingOf(headerOf(logs).epoch)).toBe(latest + 1);
  });

  test('given an empty log, then the epoch opens now, with a retention of a day', async () => {
    const logs = new MemoryLogs();
    await openNewEpoch(logs, KEY, T);
    expect([headerOf(logs).epoch, retentionOf(headerOf(logs))]).toEqual([E1, 24 * HOUR]);
  });

  test('given writers that take every turn, then it gives up after twenty', async () => {
    const logs = await logOf(entry(1));
    let closes = 0;
    logs.close = () => Promise.resolve(void (closes += 1));
    await expect(openNewEpoch(logs, KEY, T)).rejects.toMatchObject({ error: 'append_contended' });
    expect(closes).toBe(20);
    let opens = 0;
    logs.openEpoch = () => {
      opens += 1;
      return Promise.resolve(newHeader(1, HOUR, undefined));
    };
    await expect(openNewEpoch(logs, KEY, T)).rejects.toMatchObject({ error: 'append_contended' });
    expect(opens).toBe(20);
  });
});
