// Places and times of a log, at their limits.
import {
  DELETE_GRACE,
  epochAt,
  EPOCH_MARGIN,
  HEADER_GRACE,
  isIntact,
  isOpenForFirstEntry,
  mayHaveLostHeader,
  newHeader,
  openingOf,
  retentionOf,
} from '../../../../../lambda/core/log/epochs';
import { endOfExpired, positionBefore } from '../../../../../lambda/core/log/find-by-time';
import { endOfEmptyLog, endOfLog, hasExpired, isExpiredFor, isLast } from '../../../../../lambda/core/log/retention';
import { EPOCH_END } from '../../../../../protocol';
import { HOUR, MemoryLogs } from '../../../../support/memory/memory';
import { KEY, T, EPOCH, NEXT_EPOCH, FAR, entry, logOf } from '../../../../support/memory/log-entries';

describe('epochs', () => {
  const header = newHeader(T, HOUR, 'before');

  test('given a time, then the epoch’s name is nine characters from which the time can be read', () => {
    expect(EPOCH).toMatch(/^[0-9a-z]{9}$/);
    expect([openingOf(EPOCH), epochAt(0)]).toEqual([T, '000000000']);
  });

  test('given a retention, then the header is kept for it and both graces, and the retention can be read from it', () => {
    expect(header).toEqual({
      epoch: EPOCH,
      previous: 'before',
      ts: T,
      deleteAfter: T + HOUR + DELETE_GRACE + HEADER_GRACE,
    });
    expect(retentionOf(header)).toBe(HOUR);
  });

  test.each([
    ['isIntact', (now: number) => isIntact(header, now), DELETE_GRACE],
    ['isOpenForFirstEntry', (now: number) => isOpenForFirstEntry(header, now), DELETE_GRACE - 2 * EPOCH_MARGIN],
    ['header is kept', (now: number) => !mayHaveLostHeader(EPOCH, now), DELETE_GRACE + HEADER_GRACE],
  ])('given an epoch, then %s until its time is over', (_, is, life) => {
    expect([is(T + life - 1), is(T + life)]).toEqual([true, false]);
  });
});

describe('expiry', () => {
  test('given an entry, then it has expired a grace before it may be deleted', () => {
    expect([hasExpired(T, T - DELETE_GRACE - 1), hasExpired(T, T - DELETE_GRACE)]).toEqual([false, true]);
  });

  test('given a reader who may look back to a time, then entries before it count as expired', () => {
    const one = entry(1, { ts: T });
    const context = { now: T, retention: HOUR };
    expect([T + 1, T, undefined].map((readableSince) => isExpiredFor(one, { ...context, readableSince }))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test.each([
    [true, FAR - 1, true],
    [true, FAR, false],
    [false, FAR, true],
  ])('given a newest entry, own log %s, then at %d it proves the end: %s', (isOwn, now, expected) => {
    expect(isLast(entry(1), { isOwn, now })).toBe(expected);
  });
});

describe('endOfEmptyLog', () => {
  const header = newHeader(T, 5 * HOUR, undefined);

  test.each([
    [true, DELETE_GRACE - 1, 0],
    [true, DELETE_GRACE, EPOCH_END],
    [false, DELETE_GRACE, 0],
    [false, 5 * HOUR + DELETE_GRACE - 1, 0],
    [false, 5 * HOUR + DELETE_GRACE, EPOCH_END],
  ])('given a header, own log %s, %d ms after it opened, then the position is %d', (isOwn, ms, seq) => {
    expect(endOfEmptyLog(header, { isOwn, now: T + ms })).toEqual({ epoch: EPOCH, seq });
  });

  test('given no header, then the log has not begun', () => {
    expect(endOfEmptyLog(undefined, { isOwn: true, now: T })).toEqual({ epoch: '', seq: 0 });
  });
});

describe('endOfLog', () => {
  const own = { now: T, retention: HOUR, isOwn: true };

  test('given a live entry of several messages, then the last of them is the end', async () => {
    expect(await endOfLog(await logOf(entry(1), entry(2, {}, 3)), KEY, own)).toEqual({ epoch: EPOCH, seq: 4 });
  });

  test('given an entry that may be deleted, then its epoch has ended', async () => {
    const logs = await logOf(entry(1, { deleteAfter: T }));
    expect(await endOfLog(logs, KEY, own)).toEqual({ epoch: EPOCH, seq: EPOCH_END });
    await logs.openEpoch(KEY, newHeader(T + 10 * HOUR, HOUR, EPOCH), undefined);
    expect(await endOfLog(logs, KEY, own)).toEqual({ epoch: NEXT_EPOCH, seq: 0 });
  });

  test('given a header of the same epoch, then the entry decides', async () => {
    const logs = await logOf(entry(1, { deleteAfter: T }));
    await logs.openEpoch(KEY, newHeader(T, HOUR, undefined), undefined);
    expect(await endOfLog(logs, KEY, own)).toEqual({ epoch: EPOCH, seq: EPOCH_END });
  });

  test('given a closed entry, then the end is in the next epoch, or at the entry while that is not known', async () => {
    const logs = await logOf(entry(1, { isClosed: true }, 2));
    expect(await endOfLog(logs, KEY, own)).toEqual({ epoch: EPOCH, seq: 2 });
    await logs.openEpoch(KEY, newHeader(T + 10 * HOUR, HOUR, EPOCH), undefined);
    expect(await endOfLog(logs, KEY, own)).toEqual({ epoch: NEXT_EPOCH, seq: 0 });
  });
});

describe('positionBefore', () => {
  const at = (time: number, more = {}) => ({ time, now: T, retention: HOUR, isOwn: true, ...more });
  const seqs = [1, 2, 4, 7, 8, 9, 20, 21, 22, 23];
  /** Entries at ts = T + seq, with gaps filled by the entries' messages. */
  const log = () => logOf(...seqs.map((seq, i) => entry(seq, { ts: T + seq }, (seqs[i + 1] ?? 25) - seq)));

  test.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 3],
    [4, 3],
    [5, 6],
    [8, 7],
    [10, 19],
    [20, 19],
    [21, 20],
    [23, 22],
    [24, 24],
    [99, 24],
  ])('given the time T + %d, then the last message before it is %d', async (after, seq) => {
    expect(await positionBefore(await log(), KEY, at(T + after))).toEqual({ epoch: EPOCH, seq });
  });

  test('given an empty log, or one that has expired, then it is the end of the log', async () => {
    expect(await positionBefore(new MemoryLogs(), KEY, at(T))).toEqual({ epoch: '', seq: 0 });
    const expired = await logOf(entry(1, { deleteAfter: T }));
    expect(await positionBefore(expired, KEY, at(0))).toEqual({ epoch: EPOCH, seq: EPOCH_END });
  });

  test('given expired entries, then they count as before any time', async () => {
    const logs = await logOf(
      ...[1, 2, 3].map((seq) => entry(seq, { deleteAfter: T + DELETE_GRACE })),
      ...[4, 5].map((seq) => entry(seq)),
    );
    expect(await positionBefore(logs, KEY, at(0))).toEqual({ epoch: EPOCH, seq: 3 });
  });

  test('given entries that are deleted already, then the position is before the first that is left', async () => {
    expect(await positionBefore(await logOf(entry(5), entry(6)), KEY, at(0))).toEqual({ epoch: EPOCH, seq: 4 });
  });

  test('given a closed newest entry before the time, then it is the end of the log', async () => {
    const logs = await logOf(entry(1, { isClosed: true }));
    await logs.openEpoch(KEY, newHeader(T + 10 * HOUR, HOUR, EPOCH), undefined);
    expect(await positionBefore(logs, KEY, at(T + 5))).toEqual({ epoch: NEXT_EPOCH, seq: 0 });
  });

  test('given a time before the newest epoch, which an operator opened, then the search goes on in the closed one', async () => {
    const first = entry(1, { epoch: NEXT_EPOCH, ts: T + 100, previousDeleteAfter: FAR });
    const logs = await logOf(entry(1), entry(2), entry(3, { isClosed: true }), first);
    expect(await positionBefore(logs, KEY, at(T + 50))).toEqual({ epoch: NEXT_EPOCH, seq: 0 });
    expect(await positionBefore(logs, KEY, at(T + 3))).toEqual({ epoch: EPOCH, seq: 2 });
    expect(await positionBefore(logs, KEY, at(T))).toEqual({ epoch: EPOCH, seq: 0 });
  });
});

describe('endOfExpired', () => {
  const context = { now: T, retention: HOUR, isOwn: true };
  const expired = { deleteAfter: T + DELETE_GRACE };

  test('given expired entries before live ones, then the last expired message is the position', async () => {
    const logs = await logOf(entry(1, expired), entry(2, expired, 2), entry(4));
    expect(await endOfExpired(logs, KEY, context)).toEqual({ epoch: EPOCH, seq: 3 });
  });

  test('given only live entries, then there is none', async () => {
    expect(await endOfExpired(await logOf(entry(1), entry(2)), KEY, context)).toBeUndefined();
  });

  test('given only expired entries, which may not be deleted yet, then the last is the position', async () => {
    expect(await endOfExpired(await logOf(entry(1, expired)), KEY, context)).toEqual({ epoch: EPOCH, seq: 1 });
  });

  test('given an epoch that has ended, then its end is the position', async () => {
    const logs = await logOf(entry(1, { deleteAfter: T }));
    expect(await endOfExpired(logs, KEY, context)).toEqual({ epoch: EPOCH, seq: EPOCH_END });
  });

  test('given an older epoch that has expired, then its last message is the position', async () => {
    const first = entry(1, { epoch: NEXT_EPOCH, previousDeleteAfter: T + DELETE_GRACE });
    const logs = await logOf(entry(1, expired), entry(2, expired), first);
    expect(await endOfExpired(logs, KEY, context)).toEqual({ epoch: EPOCH, seq: 2 });
  });

  test('given a log without entries, then there is none', async () => {
    expect(await endOfExpired(new MemoryLogs(), KEY, context)).toBeUndefined();
  });
});
