// The end of a log, and the entries that are written there, at their limits.
import { backoff, entryAt, withDefaults } from '../../../../../lambda/core/log/append';
import { DELETE_GRACE, epochAt, EPOCH_MARGIN, newHeader } from '../../../../../lambda/core/log/epochs';
import { findTail, likelyTail, recentTail, type Tail, tailAfter, TailHints } from '../../../../../lambda/core/log/tail';
import { HOUR, MemoryLogs, TestRuntime } from '../../../../support/memory/memory';
import { KEY, T, EPOCH, FAR, entry, logOf } from '../../../../support/memory/log-entries';

describe('tails', () => {
  const deps = (logs: MemoryLogs) => ({ logs, hints: new TailHints(), runtime: new TestRuntime() });

  test('given an entry, then the next message follows its last, and its queue number and deletion are taken over', () => {
    expect(tailAfter(entry(4, { queued: 'q:7' }, 3))).toEqual({
      epoch: EPOCH,
      next: 7,
      ts: T + 4,
      previousDeleteAfter: FAR,
      safeUntil: FAR - EPOCH_MARGIN,
      queued: 'q:7',
    });
    expect(tailAfter(entry(4, { isClosed: true })).safeUntil).toBe(0);
  });

  test('given an entry near its deletion, then the tail is in a new epoch', async () => {
    const one = deps(await logOf(entry(1, { deleteAfter: T + EPOCH_MARGIN })));
    one.runtime.time = T - 1;
    expect(await findTail(one, KEY, HOUR)).toMatchObject({ epoch: EPOCH, next: 2 });
    one.runtime.time = T;
    const found = await findTail(one, KEY, HOUR);
    expect(found).toEqual({ epoch: epochAt(T), next: 1, ts: 0, previousDeleteAfter: 0, safeUntil: T + EPOCH_MARGIN });
  });

  test('given an epoch that another writer has just opened, then it is used; one that is too old is not', async () => {
    const one = deps(new MemoryLogs());
    await one.logs.openEpoch(KEY, newHeader(T, HOUR, 'before'), undefined);
    one.runtime.time = T + DELETE_GRACE - 2 * EPOCH_MARGIN - 1;
    expect(await findTail(one, KEY, HOUR)).toMatchObject({ epoch: EPOCH, previousDeleteAfter: T });
    one.runtime.time += 1;
    expect(await findTail(one, KEY, HOUR)).toMatchObject({ epoch: epochAt(one.runtime.time) });
  });

  test('given hints, then each log has its own, until its tail is not safe any more', () => {
    const hints = new TailHints(2);
    const tail: Tail = tailAfter(entry(1));
    const hint = { tail, isShared: false, at: T };
    hints.set(KEY, hint);
    const other = { ...KEY, origin: 'us-east-1' };
    expect([hints.get(KEY, tail.safeUntil - 1), hints.get(KEY, tail.safeUntil), hints.get(other, T)]).toEqual([
      hint,
      undefined,
      undefined,
    ]);
    hints.set(other, hint);
    hints.set({ ...KEY, channel: 'chat:b' }, hint);
    expect(hints.get(KEY, T)).toBeUndefined();
  });

  test('given a hint of a log that no one else writes to, then the log is not read, until the hint is a minute old', async () => {
    const one = deps(await logOf(entry(1), entry(2)));
    const hinted = tailAfter(entry(1));
    one.hints.set(KEY, { tail: hinted, isShared: false, at: T });
    one.runtime.time = T + 59_999;
    expect(await likelyTail(one, KEY, HOUR)).toMatchObject({ tail: hinted });
    expect(await recentTail(one, KEY, HOUR)).toEqual(hinted);
    one.runtime.time = T + 60_000;
    expect(await recentTail(one, KEY, HOUR)).toMatchObject({ next: 3 });
  });

  test('given a hint of a log that others write to, then the log is read, and it counts as shared while it has moved', async () => {
    const one = deps(await logOf(entry(1), entry(2)));
    one.hints.set(KEY, { tail: tailAfter(entry(1)), isShared: true, at: T });
    expect(await likelyTail(one, KEY, HOUR)).toMatchObject({ tail: { next: 3 }, isShared: true, at: T });
    one.hints.set(KEY, { tail: tailAfter(entry(2)), isShared: true, at: T });
    expect(await likelyTail(one, KEY, HOUR)).toMatchObject({ tail: { next: 3 }, isShared: false });
  });
});

describe('entryAt', () => {
  const tail: Tail = { epoch: EPOCH, next: 5, ts: T + 10, previousDeleteAfter: FAR, safeUntil: FAR, queued: 'q:1' };
  const publication = { from: 'ada', messages: [{ id: 'a', data: 1, enc: 'json' }] };

  test('given a clock behind the last entry, then time does not run backwards', () => {
    expect(entryAt(tail, { publication, now: T, retention: HOUR })).toMatchObject({
      seq: 5,
      ts: T + 10,
      queued: 'q:1',
    });
    expect(entryAt(tail, { publication, now: T + 11, retention: HOUR })).toMatchObject({ ts: T + 11 });
  });

  test('given a shortened retention, then an entry does not expire before the one that precedes it', () => {
    const request = { publication, now: T + 10, retention: HOUR };
    expect(entryAt(tail, request).deleteAfter).toBe(FAR);
    expect(entryAt({ ...tail, previousDeleteAfter: T }, request)).toMatchObject({
      deleteAfter: T + 10 + HOUR + DELETE_GRACE,
      previousDeleteAfter: T,
    });
  });

  test('given lost writes, then the pause doubles up to a limit, with full jitter', () => {
    const runtime = new TestRuntime();
    expect([1, 2, 5, 6, 20].map((losses) => backoff(losses, runtime))).toEqual([10, 20, 160, 200, 200]);
  });

  test('given messages without an id or an encoding, then they get one', () => {
    expect(withDefaults([{ data: 1 }, { id: 'x', data: 2, enc: 'e' }], new TestRuntime())).toEqual([
      { id: 'id-1', data: 1, enc: 'json' },
      { id: 'x', data: 2, enc: 'e' },
    ]);
  });
});
