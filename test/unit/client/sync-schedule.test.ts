// When syncs are due: periodic ones, and those of new subscriptions.
import { SYNC_INTERVAL, SyncSchedule } from '../../../client/src/core/channel/sync';
import type { Command } from '../../../client/src/core/effects';
import type { SubscribeOk } from '../../../protocol';

const COALESCING = 250;
const ok = (syncIn?: number, renew?: boolean): SubscribeOk => ({
  cursor: '',
  verdict: 'complete',
  messages: [],
  more: false,
  syncIn,
  renew,
});

let now = 0;
let random = 0;
let commands: Command[] = [];
let schedule: SyncSchedule;
beforeEach(() => {
  now = 0;
  random = 0;
  commands = [];
  const world = { now: () => now, wallClock: () => now, random: () => random };
  schedule = new SyncSchedule(world, (command) => commands.push(command));
});

/** The commands since the last call: delays of timers, names of cancelled ones. */
const taken = () =>
  commands
    .splice(0)
    .map((one) => (one.type === 'timer' ? [one.name, one.delay] : one.type === 'cancel' ? [one.name, 'cancel'] : one));

describe('periodic syncs', () => {
  test.each([
    [0, SYNC_INTERVAL],
    [0.5, 0.9 * SYNC_INTERVAL],
  ])('given the random number %d, then the interval is shorter by up to a fifth', (one, delay) => {
    random = one;
    schedule.restart();
    expect(taken()).toEqual([['sync', delay]]);
  });

  test('given a hidden page, then no timer is set, and none is cancelled twice', () => {
    expect(schedule.setVisible(true)).toBe(false);
    expect(schedule.setVisible(false)).toBe(false);
    expect(schedule.setVisible(false)).toBe(false);
    schedule.restart();
    expect(taken()).toEqual([['sync', 'cancel']]);
  });

  test('when a page becomes visible, then it syncs at once only while it is connected, and once', () => {
    schedule.setVisible(false);
    expect(schedule.setVisible(true)).toBe(false);
    schedule.setVisible(false);
    schedule.restart();
    taken();
    expect([schedule.setVisible(true), schedule.setVisible(true)]).toEqual([true, false]);
    expect(taken()).toEqual([]);
    schedule.setVisible(false);
    schedule.stop();
    expect(schedule.setVisible(true)).toBe(false);
  });
});

describe('syncs of a new subscription', () => {
  test('given no syncIn, then there are none', () => {
    schedule.subscribed('chat:a', 1, ok());
    expect([taken(), schedule.isNew('chat:a', 1)]).toEqual([[], false]);
  });

  test('given a time, then it is synced after parts and multiples of it, and renewed at the last', () => {
    schedule.subscribed('chat:a', 1, ok(4_000, true));
    expect(taken()).toEqual([['new', 2_000 + COALESCING]]);
    const dueTimes = [2_000, 4_000, 6_000, 8_000, 16_000];
    for (const [i, at] of dueTimes.entries()) {
      now = at - 1;
      expect(schedule.takeDue()).toEqual([]);
      expect(schedule.isNew('chat:a', 1)).toBe(true);
      now = at;
      expect(schedule.takeDue()).toEqual([{ channel: 'chat:a', socket: 1, isRenewal: i === 4 }]);
    }
    expect(schedule.isNew('chat:a', 1)).toBe(false);
    now = 1e9;
    taken();
    expect([schedule.takeDue(), taken()]).toEqual([[], []]);
  });

  test('given no renewal, then the last step is a sync', () => {
    schedule.subscribed('chat:a', 1, ok(4_000));
    for (let i = 0; i < 4; i++) {
      now = 1e9;
      schedule.takeDue();
    }
    expect(schedule.takeDue()).toEqual([{ channel: 'chat:a', socket: 1, isRenewal: false }]);
  });

  test('given several subscriptions, then one timer serves the first that is due, and is set again only for an earlier one', () => {
    schedule.subscribed('chat:a', 1, ok(4_000));
    schedule.subscribed('chat:b', 1, ok(4_000));
    schedule.subscribed('chat:a', 2, ok(8_000));
    expect(taken()).toEqual([['new', 2_250]]);
    schedule.subscribed('chat:c', 1, ok(2_000));
    expect(taken()).toEqual([['new', 1_250]]);
    now = 1_250;
    expect(schedule.takeDue()).toEqual([{ channel: 'chat:c', socket: 1, isRenewal: false }]);
    expect(taken()).toEqual([['new', 1_000]]);
    now = 2_250;
    expect(schedule.takeDue().map(({ channel, socket }) => [channel, socket])).toEqual([
      ['chat:a', 1],
      ['chat:b', 1],
      ['chat:c', 1],
    ]);
  });

  test('when syncs stop, then nothing is due, and a later subscription sets the timer', () => {
    schedule.subscribed('chat:a', 1, ok(4_000));
    schedule.stop();
    expect(taken()).toEqual([
      ['new', 2_250],
      ['sync', 'cancel'],
      ['new', 'cancel'],
    ]);
    now = 60_000;
    expect(schedule.takeDue()).toEqual([]);
    schedule.subscribed('chat:a', 1, ok(40_000));
    expect(taken()).toEqual([['new', 20_250]]);
  });
});
