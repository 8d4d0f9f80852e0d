// Verdicts on positions that the log does not have, because its table was restored, and on closed epochs. docs/decisions/0022
import {
  DELETE_GRACE,
  EPOCH_MARGIN,
  epochAt,
  newHeader,
  UNKNOWN_PREVIOUS,
} from '../../../../../lambda/core/log/epochs';
import { positionBefore } from '../../../../../lambda/core/log/find-by-time';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { openNewEpoch } from '../../../../../lambda/core/log/new-epoch';
import { endOfLog } from '../../../../../lambda/core/log/retention';
import { findTail } from '../../../../../lambda/core/log/tail';
import { type Resumed, resume } from '../../../../../lambda/core/subscribe/resume';
import { EPOCH_END, type Position } from '../../../../../protocol';
import { HOUR, MemoryLogs } from '../../../../support/memory/memory';

const DAY = 24 * HOUR;
const MINUTE = 60_000;
const KEY = { channel: 'chat:a', origin: 'eu-west-1' };
const NAME = 'chat:a#eu-west-1';
const OPENED = Date.UTC(2026, 0, 1);
const EPOCH = epochAt(OPENED);

let logs: MemoryLogs;
/** Milliseconds since 1970. */
let now: number;

beforeEach(() => {
  logs = new MemoryLogs();
  now = OPENED + 2 * HOUR;
  logs.headers.set(NAME, newHeader(OPENED, DAY, undefined));
});

/** Stores messages `from` to `to`, a minute apart, each in an entry, with a retention of a day. */
function store(from: number, to: number, { epoch = EPOCH, start = OPENED, retention = DAY } = {}): void {
  const entries = logs.entries.get(NAME) ?? [];
  for (let seq = from; seq <= to; seq++) {
    const ts = start + seq * MINUTE;
    entries.push({
      epoch,
      seq,
      ts,
      from: 'ada',
      messages: [{ id: `m${seq}`, data: seq, enc: 'json' }],
      deleteAfter: ts + retention + DELETE_GRACE,
      previousDeleteAfter: seq === 1 ? 0 : ts - MINUTE + retention + DELETE_GRACE,
    });
  }
  logs.entries.set(NAME, entries);
}

const ask = (position: Position, isOwn = true, retention = DAY): Promise<Resumed> =>
  resume(logs, { key: KEY, position, limit: 100, bytes: 96 * 1024, now, retention, isOwn });

describe('given a log whose newest entry lives, and a position after it', () => {
  beforeEach(() => {
    store(1, 9);
  });

  test.each([
    ['at a message of the same epoch', { epoch: EPOCH, seq: 1_000 }],
    ['at the end of the epoch', { epoch: EPOCH, seq: EPOCH_END }],
    ['in a later epoch', { epoch: epochAt(OPENED + DAY), seq: 3 }],
    ['at the start of a later epoch', { epoch: epochAt(OPENED + DAY), seq: 0 }],
  ])('%s, then its own region answers `reset` at the end of the log', async (_, position) => {
    expect(await ask(position)).toEqual({
      verdict: 'reset',
      messages: [],
      position: { epoch: EPOCH, seq: 9 },
      more: false,
    });
  });

  test('and no header, then its own region answers `reset` at the end of the log', async () => {
    logs.headers.delete(NAME);
    expect(await ask({ epoch: EPOCH, seq: 1_000 })).toMatchObject({ verdict: 'reset', position: { seq: 9 } });
  });

  test('then another region answers `pending`: the messages may be replicating', async () => {
    expect(await ask({ epoch: EPOCH, seq: 1_000 }, false)).toMatchObject({ verdict: 'pending' });
  });
});

describe('given a log that is forgotten: neither entries nor header', () => {
  beforeEach(() => {
    logs.headers.delete(NAME);
    now = OPENED + 40 * DAY;
  });

  test('when a client asks again and again, then it is told of the loss once', async () => {
    const first = await ask({ epoch: EPOCH, seq: 5 });
    expect(first).toMatchObject({ verdict: 'expired', position: { epoch: EPOCH, seq: EPOCH_END }, more: false });
    expect(await ask(first.position)).toEqual({ ...first, verdict: 'complete' });
  });

  test('when only the entry at the position is left, then it does not count as the last: later ones may be deleted', async () => {
    store(5, 5);
    expect(await ask({ epoch: EPOCH, seq: 5 })).toMatchObject({
      verdict: 'expired',
      position: { epoch: EPOCH, seq: EPOCH_END },
    });
  });

  test('when the log begins again, then a client at the end of the forgotten epoch is told `reset`', async () => {
    logs.headers.set(NAME, newHeader(now, DAY, undefined));
    expect(await ask({ epoch: EPOCH, seq: EPOCH_END })).toMatchObject({
      verdict: 'reset',
      position: { epoch: epochAt(now), seq: 0 },
    });
  });
});

test('given a table that was restored to before the log began, then a position in it is told `reset`, and its log begins anew', async () => {
  logs.headers.delete(NAME);
  const answer = await ask({ epoch: EPOCH, seq: 5 });
  expect(answer).toMatchObject({ verdict: 'reset', position: { epoch: '', seq: 0 } });
  expect(await ask(answer.position)).toMatchObject({ verdict: 'complete' });
});

test('given a table that was restored to just after the log began, then a position at a message is told `reset`', async () => {
  now = OPENED + MINUTE;
  expect(await ask({ epoch: EPOCH, seq: 5 })).toMatchObject({ verdict: 'reset', position: { epoch: EPOCH, seq: 0 } });
});

describe('given everything expired under a retention of an hour, when the retention is now a week', () => {
  const WEEK = 7 * DAY;
  beforeEach(() => {
    logs.headers.set(NAME, newHeader(OPENED, HOUR, undefined));
    now = OPENED + 2 * DAY;
  });

  test.each([
    ['has seen nothing', 0],
    ['is at a message', 5],
  ])('and the position %s, then another region answers `expired`, once', async (_, seq) => {
    const first = await ask({ epoch: EPOCH, seq }, false, WEEK);
    expect(first).toMatchObject({ verdict: 'expired', position: { epoch: EPOCH, seq: EPOCH_END } });
    expect(await ask(first.position, false, WEEK)).toMatchObject({ verdict: 'complete' });
  });

  test('and the header is gone, then another region does not wait for it', async () => {
    logs.headers.delete(NAME);
    now = OPENED + 31 * DAY;
    expect(await ask({ epoch: EPOCH, seq: 5 }, false, WEEK)).toMatchObject({ verdict: 'expired' });
  });
});

describe('given an epoch that an operator closed', () => {
  let next: string;
  beforeEach(async () => {
    store(1, 9);
    await openNewEpoch(logs, KEY, now);
    next = logs.headers.get(NAME)?.epoch ?? '';
  });

  /** The first entry that a writer stores after that. */
  async function append(): Promise<Entry> {
    const tail = await findTail({ logs, runtime: { now: () => now } as never }, KEY, DAY);
    const { epoch, next: seq, previousDeleteAfter } = tail;
    const entry: Entry = {
      epoch,
      seq,
      ts: now,
      from: 'ada',
      messages: [{ id: 'new', data: 'new', enc: 'json' }],
      deleteAfter: now + DAY + DELETE_GRACE,
      previousDeleteAfter,
    };
    await logs.append(KEY, entry);
    return entry;
  }

  test('then the header names a later epoch, whose predecessor no cursor has', () => {
    expect(next > EPOCH).toBe(true);
    expect(logs.headers.get(NAME)).toMatchObject({ previous: UNKNOWN_PREVIOUS, ts: now });
  });

  test('when a writer appends, then its entry is the first of the new epoch', async () => {
    expect(await append()).toMatchObject({ epoch: next, seq: 1 });
  });

  const POSITIONS: readonly (readonly [string, Position])[] = [
    ['at the last message', { epoch: EPOCH, seq: 9 }],
    ['at a message that was lost', { epoch: EPOCH, seq: 12 }],
    ['at the end of the epoch', { epoch: EPOCH, seq: EPOCH_END }],
    ['in an epoch that was lost', { epoch: epochAt(OPENED + HOUR), seq: 2 }],
    ['at the end of an epoch that was lost', { epoch: epochAt(OPENED + HOUR), seq: EPOCH_END }],
  ];

  describe.each([true, false])('in its own region: %s', (isOwn) => {
    test.each(POSITIONS)('and a position %s, then it is told `reset`, once', async (_, position) => {
      const answer = await ask(position, isOwn);
      expect(answer).toEqual({ verdict: 'reset', messages: [], position: { epoch: next, seq: 0 }, more: false });
      expect(await ask(answer.position, isOwn)).toMatchObject({ verdict: 'complete', position: answer.position });
    });

    test.each(POSITIONS)(
      'and a position %s, when the new epoch has messages, then it is told `reset`',
      async (_, position) => {
        await append();
        const answer = await ask(position, isOwn);
        expect(answer).toMatchObject({ verdict: 'reset', position: { epoch: next, seq: 1 } });
        expect(answer.messages.map(({ id }) => id)).toEqual(['new']);
      },
    );

    test('and a position before the last message, then it gets the messages that are left, then `reset`', async () => {
      const first = await ask({ epoch: EPOCH, seq: 7 }, isOwn);
      expect([first.verdict, first.messages.map(({ seq }) => seq)]).toEqual(['complete', [8, 9]]);
      expect(await ask(first.position, isOwn)).toMatchObject({ verdict: 'reset', position: { epoch: next, seq: 0 } });
    });

    test('then a new subscription begins in the new epoch', async () => {
      expect(await endOfLog(logs, KEY, { now, retention: DAY, isOwn })).toEqual({ epoch: next, seq: 0 });
    });
  });

  test('when the new header has not replicated, then another region answers `pending`', async () => {
    logs.headers.set(NAME, newHeader(OPENED, DAY, undefined));
    expect(await ask({ epoch: EPOCH, seq: 9 }, false)).toMatchObject({ verdict: 'pending' });
    expect(await ask({ epoch: EPOCH, seq: 12 }, false)).toMatchObject({ verdict: 'pending' });
  });

  test('when a reader looks for a time before the new epoch, then it finds the messages that were kept', async () => {
    now += MINUTE;
    await append();
    const context = { now, retention: DAY, isOwn: true };
    expect(await positionBefore(logs, KEY, { ...context, time: OPENED + 5 * MINUTE })).toEqual({
      epoch: EPOCH,
      seq: 4,
    });
    expect(await positionBefore(logs, KEY, { ...context, time: now })).toEqual({ epoch: next, seq: 0 });
  });

  test('when it is closed again, then there is another epoch, which is later', async () => {
    await openNewEpoch(logs, KEY, now);
    const again = logs.headers.get(NAME)?.epoch ?? '';
    expect(again > next).toBe(true);
    expect(await ask({ epoch: next, seq: 0 })).toMatchObject({ verdict: 'reset', position: { epoch: again, seq: 0 } });
  });
});

test('given a writer that appends while the epoch is being closed, then its entry is closed too', async () => {
  store(1, 9);
  const close = logs.close.bind(logs);
  let attempts = 0;
  logs.close = async (key, entry) => {
    attempts += 1;
    if (attempts === 1) store(10, 10);
    await close(key, entry);
  };
  await openNewEpoch(logs, KEY, now);
  const newest = await logs.newest(KEY);
  expect([newest?.seq, newest?.isClosed, attempts]).toEqual([10, true, 2]);
});

test('given writers that never stop, then opening an epoch fails', async () => {
  store(1, 1);
  let seq = 1;
  logs.close = () => {
    seq += 1;
    store(seq, seq);
    return Promise.resolve();
  };
  await expect(openNewEpoch(logs, KEY, now)).rejects.toThrow('The log is being written to');
});

test('given a closed epoch whose entries are about to be deleted, then a writer still begins the epoch of the header', async () => {
  store(1, 9);
  await openNewEpoch(logs, KEY, now);
  const tail = await findTail({ logs, runtime: { now: () => now + MINUTE } as never }, KEY, DAY);
  expect(tail).toMatchObject({ epoch: logs.headers.get(NAME)?.epoch, next: 1, previousDeleteAfter: now });
  expect(EPOCH_MARGIN).toBeGreaterThan(MINUTE);
});
