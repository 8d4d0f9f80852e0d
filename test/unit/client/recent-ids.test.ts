// How long a channel remembers the ids of its messages.
import { RecentIds } from '../../../client/src/core/channel/recent-ids';

const MINUTE = 60_000;

/** Adds so many ids, `id-0` first, within a time. */
function added(count: number, duration: number, ids = new RecentIds()): RecentIds {
  for (let i = 0; i < count; i++) ids.add(`id-${i}`, (i * duration) / count);
  return ids;
}

test('given a fast channel, when 10,000 messages come within six minutes, then all of their ids are known', () => {
  const ids = added(10_000, 6 * MINUTE);
  expect([ids.has('id-0'), ids.has('id-9999')]).toEqual([true, true]);
});

test('given a slow channel, when a message comes after days, then the last 1,000 ids are known', () => {
  const ids = added(1_000, 0);
  ids.add('late', 10 * 24 * 60 * MINUTE);
  expect(['id-0', 'id-1', 'id-999', 'late'].map((id) => ids.has(id))).toEqual([false, true, true, true]);
});

test('given more than 1,000 ids, when some are older than six minutes, then only those are forgotten', () => {
  const ids = added(3_000, 0);
  ids.add('later', 6 * MINUTE);
  expect([ids.has('id-0'), ids.has('later')]).toEqual([true, true]);
  ids.add('latest', 6 * MINUTE + 1);
  expect(['id-0', 'id-2001', 'id-2002', 'later', 'latest'].map((id) => ids.has(id))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

test('given a very fast channel, then no more than 20,000 ids are kept', () => {
  const ids = added(20_001, MINUTE);
  expect([ids.has('id-0'), ids.has('id-1')]).toEqual([false, true]);
});
