// The newest messages of one log, for a subscription that begins in the past.
import { DELETE_GRACE, epochAt, newHeader } from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { lastMessages } from '../../../../../lambda/core/subscribe/rewind';
import { HOUR, MemoryLogs } from '../../../../support/memory/memory';

const KEY = { channel: 'chat:a', origin: 'eu-west-1' };
const T = Date.UTC(2026, 0, 1);
const [E1, E2] = [epochAt(T), epochAt(T + HOUR)];
const FAR = T + 1_000 * HOUR;
const EXPIRED = { deleteAfter: T + DELETE_GRACE };
/** The predecessor has expired. */
const AFTER_EXPIRED = { previousDeleteAfter: T + DELETE_GRACE };

/** An entry of `count` messages, whose predecessor has not expired. */
function entry(seq: number, count = 1, more: Partial<Entry> = {}): Entry {
  const messages = Array.from({ length: count }, (_, i) => ({ id: `m${seq + i}`, data: seq + i, enc: 'json' }));
  return { epoch: E1, seq, ts: T + seq, from: 'ada', messages, deleteAfter: FAR, previousDeleteAfter: FAR, ...more };
}

async function rewind(last: number, isOwn: boolean, ...log: Entry[]) {
  const logs = new MemoryLogs();
  for (const one of log) await logs.append(KEY, one);
  await logs.openEpoch(KEY, newHeader(T + HOUR, HOUR, E1), undefined);
  const context = { now: T, retention: HOUR, isOwn };
  const { verdict, messages, position } = await lastMessages(logs, KEY, last, context);
  return [verdict, messages.map(({ seq }) => seq), position.epoch === E1 ? position.seq : position];
}

describe("in the log's own region", () => {
  test.each<[string, number, Entry[], unknown]>([
    ['fewer messages than asked for', 5, [entry(1), entry(2)], ['complete', [1, 2], 2]],
    ['more messages', 2, [entry(1), entry(2), entry(3)], ['complete', [2, 3], 3]],
    ['an entry that holds more than asked for', 2, [entry(1), entry(2), entry(3, 3)], ['complete', [3, 4, 5], 5]],
    ['an entry that holds exactly as many', 3, [entry(1), entry(2), entry(3, 3)], ['complete', [3, 4, 5], 5]],
    ['expired messages among them', 3, [entry(1, 1, EXPIRED), entry(2, 1, EXPIRED), entry(3)], ['complete', [3], 3]],
    ['a gap, which nothing fills', 3, [entry(1), entry(3)], ['complete', [1, 3], 3]],
    [
      'a newest entry that may be deleted',
      3,
      [entry(1, 1, { deleteAfter: T })],
      ['complete', [], { epoch: E2, seq: 0 }],
    ],
    ['a closed newest entry', 3, [entry(1, 1, { isClosed: true })], ['complete', [1], { epoch: E2, seq: 0 }]],
    ['no messages', 3, [], ['complete', [], { epoch: E2, seq: 0 }]],
  ])('given %s, then the newest are returned, up to the end of the log', async (_, last, log, expected) => {
    expect(await rewind(last, true, ...log)).toEqual(expected);
  });
});

describe('in another region', () => {
  test.each<[string, number, Entry[], unknown]>([
    ['a hole among them', 9, [entry(1), entry(2), entry(4)], ['pending', [1, 2], 2]],
    ['two holes', 9, [entry(1), entry(3), entry(5)], ['pending', [1], 1]],
    ['a hole right at their beginning', 9, [entry(2), entry(3)], ['pending', [], 0]],
    ['a hole before the first that is live', 9, [entry(1, 1, EXPIRED), entry(3)], ['pending', [], 1]],
    ['messages that are gone before them', 9, [entry(2, 1, AFTER_EXPIRED), entry(3)], ['complete', [2, 3], 3]],
    ['a hole before those that were asked for', 2, [entry(1), entry(3), entry(4)], ['complete', [3, 4], 4]],
    ['a hole before an entry that holds as many', 2, [entry(1), entry(3, 2)], ['complete', [3, 4], 4]],
    ['a hole among those that were asked for', 2, [entry(1), entry(2), entry(4)], ['pending', [2], 2]],
  ])('given %s, then they end before the first hole', async (_, last, log, expected) => {
    expect(await rewind(last, false, ...log)).toEqual(expected);
  });
});
