import fc from 'fast-check';
import { append, MAX_ATTEMPTS } from '../../../../../lambda/core/log/append';
import { DELETE_GRACE } from '../../../../../lambda/core/log/epochs';
import { TailHints } from '../../../../../lambda/core/log/tail';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { HOUR, MemoryLogs, TestRuntime } from '../../../../support/memory/memory';

const key = { channel: 'chat:a', origin: 'eu-west-1' };

function setUp() {
  const logs = new MemoryLogs();
  const runtime = new TestRuntime();
  const deps = { logs, runtime, hints: new TailHints() };
  const write = (deps_: Parameters<typeof append>[0], ...ids: string[]) =>
    append(deps_, { key, from: 'ada', messages: ids.map((id) => ({ id, data: id })), retention: HOUR });
  return { logs, runtime, deps, write };
}

const seqs = (logs: MemoryLogs) =>
  (logs.entries.get('chat:a#eu-west-1') ?? []).flatMap(({ seq, messages }) => messages.map((_, i) => seq + i));

test('when messages are appended, then sequence numbers are dense from 1 and a batch takes one entry', async () => {
  const { logs, deps, write } = setUp();
  expect((await write(deps, 'a')).seq).toBe(1);
  expect((await write(deps, 'b', 'c', 'd')).seq).toBe(2);
  expect((await write(deps, 'e')).seq).toBe(5);
  expect(seqs(logs)).toEqual([1, 2, 3, 4, 5]);
  expect(logs.appends).toBe(3);
});

test('given writers without shared hints, when they append at once, then no sequence number is shared or left out', async () => {
  const { logs, runtime } = setUp();
  const writers = Array.from({ length: 5 }, () => ({ logs, runtime, hints: new TailHints() }));
  await Promise.all(
    writers.map(async (deps, w) => {
      for (let i = 0; i < 10; i++) {
        await append(deps, { key, from: 'ada', messages: [{ id: `${w}-${i}`, data: i }], retention: HOUR });
      }
    }),
  );
  const all = seqs(logs).sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

test('given batches of any size and hints of any age, when writers append, then sequence numbers are dense (property)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ writer: fc.nat(3), size: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 30 }),
      async (writes) => {
        const { logs, runtime } = setUp();
        const hints = Array.from({ length: 4 }, () => new TailHints());
        for (const [i, { writer, size }] of writes.entries()) {
          const messages = Array.from({ length: size }, (_, j) => ({ id: `${i}-${j}`, data: j }));
          await append({ logs, runtime, hints: hints[writer]! }, { key, from: 'ada', messages, retention: HOUR });
        }
        const all = seqs(logs);
        expect(all).toEqual(all.map((_, i) => i + 1));
      },
    ),
    { numRuns: 50 },
  );
});

test('given a write whose answer was lost, when it is retried, then it is the same entry', async () => {
  const { logs, deps, write } = setUp();
  logs.loseAnswers = 1;
  const entry = await write(deps, 'a');
  expect(entry.seq).toBe(1);
  expect(seqs(logs)).toEqual([1]);
});

test('given a writer that loses every write, then it throws append_contended and has stored nothing', async () => {
  const { logs, deps, write } = setUp();
  const other = { ...deps, hints: new TailHints() };
  let inside = false;
  logs.beforeAppend = async () => {
    if (inside) return;
    inside = true;
    await write(other, `other-${logs.appends}`);
    inside = false;
  };
  await expect(write(deps, 'mine')).rejects.toMatchObject({ error: 'append_contended', retry: 'backoff' });
  const stored = (logs.entries.get('chat:a#eu-west-1') ?? []).flatMap(({ messages }) => messages.map(({ id }) => id));
  expect(stored).toHaveLength(MAX_ATTEMPTS);
  expect(stored).not.toContain('mine');
});

test('given a log that has expired, when a writer appends, then a new epoch begins at 1 and its header names the old one', async () => {
  const { logs, runtime, deps, write } = setUp();
  const first = await write(deps, 'a');
  runtime.time += HOUR + DELETE_GRACE;
  logs.expire(runtime.time);
  const second = await write(deps, 'b');
  expect(second.seq).toBe(1);
  expect(second.epoch > first.epoch).toBe(true);
  expect(logs.headers.get('chat:a#eu-west-1')).toMatchObject({ epoch: second.epoch, previous: first.epoch });
});

test('given an entry five minutes from deletion, when warm and cold writers append, then both use a new epoch', async () => {
  const { logs, runtime, deps, write } = setUp();
  const first = await write(deps, 'a');
  // EPOCH_MARGIN before the database may delete the entry.
  runtime.time += HOUR + DELETE_GRACE - 300_000;
  const warm = await write(deps, 'b');
  const cold = await write({ ...deps, hints: new TailHints() }, 'c');
  expect(warm.epoch).not.toBe(first.epoch);
  expect(cold.epoch).toBe(warm.epoch);
  expect([warm.seq, cold.seq]).toEqual([1, 2]);
  expect(logs.headers.get('chat:a#eu-west-1')?.epoch).toBe(warm.epoch);
});

test('given a shorter retention, when an entry is appended, then it is not deleted before the entries that precede it', async () => {
  const { logs, deps } = setUp();
  const write = (id: string, retention: number): Promise<Entry> =>
    append({ ...deps, hints: new TailHints() }, { key, from: 'ada', messages: [{ id, data: 1 }], retention });
  const long = await write('a', 365 * 24 * HOUR);
  const short = await write('b', HOUR);
  expect(short.deleteAfter).toBe(long.deleteAfter);
  expect(logs.appends).toBe(2);
});

test('given an epoch that another writer opened and did not write to, when a writer appends, then it uses that epoch', async () => {
  const { logs, runtime, deps, write } = setUp();
  await write(deps, 'a');
  // Expired, but not deleted.
  runtime.time += HOUR + DELETE_GRACE;
  let late: Entry | undefined;
  logs.beforeAppend = async () => {
    logs.beforeAppend = () => undefined;
    late = await write({ ...deps, hints: new TailHints() }, 'late');
  };
  const early = await write(deps, 'early');
  expect(late?.epoch).toBe(early.epoch);
  expect([late?.seq, early.seq]).toEqual([1, 2]);
});

test('given an epoch of a shorter retention that has expired, when a writer appends with a longer one, then it opens a new epoch', async () => {
  const { logs, runtime, deps } = setUp();
  const write = (id: string, retention: number): Promise<Entry> =>
    append(
      { ...deps, hints: new TailHints() },
      { key: { channel: 'chat:a', origin: 'eu-west-1' }, from: 'ada', messages: [{ id, data: 1 }], retention },
    );
  const first = await write('a', HOUR);
  runtime.time += HOUR + DELETE_GRACE;
  logs.expire(runtime.time);
  const second = await write('b', 7 * 24 * HOUR);
  expect(second.epoch > first.epoch).toBe(true);
});

test('given an empty log, when two writers append at once, then they open one epoch', async () => {
  const { deps, write } = setUp();
  const [a, b] = await Promise.all([write(deps, 'a'), write({ ...deps, hints: new TailHints() }, 'b')]);
  expect(a.epoch).toBe(b.epoch);
  expect([a.seq, b.seq].sort()).toEqual([1, 2]);
});

test('given full tail hints, when one is added, then the oldest is dropped; after safeUntil, a hint is not returned', () => {
  const hints = new TailHints(2);
  for (const channel of ['chat:a', 'chat:b', 'chat:c']) {
    const tail = { epoch: 'e', next: 2, ts: 0, previousDeleteAfter: 0, safeUntil: 10 };
    hints.set({ channel, origin: 'eu-west-1' }, { tail, isShared: false, at: 0 });
  }
  expect(hints.get({ channel: 'chat:a', origin: 'eu-west-1' }, 0)).toBeUndefined();
  expect(hints.get({ channel: 'chat:c', origin: 'eu-west-1' }, 0)).toMatchObject({ tail: { next: 2 } });
  expect(hints.get({ channel: 'chat:c', origin: 'eu-west-1' }, 10)).toBeUndefined();
});
