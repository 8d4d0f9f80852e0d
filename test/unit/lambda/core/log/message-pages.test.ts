// Messages of entries: their places, their order, and how many fit a page.
import { epochAt } from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import {
  byTime,
  fitting,
  lastOf,
  locate,
  mayHaveMore,
  readAfter,
  sizeOf,
} from '../../../../../lambda/core/log/message-pages';
import { HOUR, MemoryLogs } from '../../../../support/memory/memory';

const KEY = { channel: 'chat:a', origin: 'eu-west-1' };
const T = Date.UTC(2026, 0, 1);
const [EPOCH, NEXT_EPOCH] = [epochAt(T), epochAt(T + 10 * HOUR)];
const FAR = T + 1_000 * HOUR;

/** An entry of `count` messages. */
function entry(seq: number, more: Partial<Entry> = {}, count = 1): Entry {
  const messages = Array.from({ length: count }, (_, i) => ({ id: `m${seq + i}`, data: seq + i, enc: 'json' }));
  return { epoch: EPOCH, seq, ts: T + seq, from: 'ada', messages, deleteAfter: FAR, previousDeleteAfter: 0, ...more };
}

async function logOf(...entries: Entry[]): Promise<MemoryLogs> {
  const logs = new MemoryLogs();
  for (const one of entries) await logs.append(KEY, one);
  return logs;
}

describe('pages', () => {
  const [one, two] = [entry(1), entry(2, {}, 2)];

  test('given an entry of several messages, then each has its own number, and a sender of its own wins', () => {
    const mixed = { ...two, messages: [two.messages[0]!, { ...two.messages[1]!, from: 'grace' }] };
    expect(locate(mixed, 'eu-west-1').map(({ seq, from, origin, epoch }) => [seq, from, origin, epoch])).toEqual([
      [2, 'ada', 'eu-west-1', EPOCH],
      [3, 'grace', 'eu-west-1', EPOCH],
    ]);
    expect(lastOf(two)).toEqual({ epoch: EPOCH, seq: 3 });
  });

  test.each([
    [2, Infinity, true],
    [3, Infinity, false],
    [3, sizeOf(one) + sizeOf(two), true],
    [3, sizeOf(one) + sizeOf(two) + 1, false],
  ])('given two entries, a limit of %d and %d bytes, then there may be more: %s', (limit, bytes, expected) => {
    expect(mayHaveMore([one, two], limit, bytes)).toBe(expected);
  });

  test('given a position within an entry, then the entry comes first, then what follows', async () => {
    const logs = await logOf(one, two, entry(4), entry(5));
    const read = (epoch: string, seq: number, limit: number) =>
      readAfter(logs, KEY, { position: { epoch, seq }, limit, bytes: Infinity });
    const seqsOf = async (epoch: string, seq: number, limit: number) => {
      const { entries, more } = await read(epoch, seq, limit);
      return [entries.map((each) => each.seq), more];
    };
    expect(await seqsOf(EPOCH, 2, 10)).toEqual([[2, 4, 5], false]);
    expect(await seqsOf(EPOCH, 1, 2)).toEqual([[1, 2, 4], true]);
    expect(await seqsOf('', 0, 10)).toEqual([[1, 2, 4, 5], false]);
  });

  test('given messages of several origins, then their order is time, then origin, then place', () => {
    const [a, b] = [locate(entry(1, { ts: T }), 'a')[0]!, locate(entry(1, { ts: T }), 'b')[0]!];
    const later = { ...a, seq: 2 };
    const nextEpoch = { ...a, epoch: NEXT_EPOCH, ts: T - 5 };
    expect([byTime(a, b), byTime(b, a)]).toEqual([-1, 1]);
    expect([Math.sign(byTime(a, { ...b, ts: T - 1 })), Math.sign(byTime(a, { ...b, ts: T + 1 }))]).toEqual([1, -1]);
    expect([byTime(a, later), byTime(later, a), byTime(a, a)]).toEqual([-1, 1, 0]);
    expect([byTime(a, nextEpoch), byTime(nextEpoch, later)]).toEqual([-1, 1]);
  });

  test('given limits of messages and bytes, then those that fit are taken, and at least one', () => {
    const all = [1, 2, 3].map((seq) => locate(entry(seq), 'a')[0]!);
    const size = JSON.stringify(all[0]).length;
    expect(
      [
        [3, Infinity],
        [2, Infinity],
        [0, Infinity],
        [3, 2 * size],
        [3, 2 * size - 1],
        [3, 0],
      ].map(([limit, bytes]) => fitting(all, limit!, bytes!).length),
    ).toEqual([3, 2, 1, 2, 1, 1]);
  });
});
