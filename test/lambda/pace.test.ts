import { Pace } from '../../lambda/core/pace';
import type { PostOutcome } from '../../lambda/core/ports';
import { TestRuntime } from '../support/memory';

const QUOTA = 1_000;

/** Posts one after another, and tells how long they had to wait. */
function world(
  outcome: (i: number) => PostOutcome = () => 'delivered',
  id: (i: number) => string = String,
): {
  runtime: TestRuntime;
  pace: Pace;
  run: (posts: number) => number;
} {
  const runtime = new TestRuntime();
  const pace = new Pace(runtime, QUOTA);
  let made = 0;
  return {
    ...{ runtime, pace },
    run: (posts) => {
      const from = runtime.now();
      for (let i = 0; i < posts; i++) {
        runtime.advance(pace.turn(Infinity) ?? 0);
        pace.told(id(made), outcome(made));
        made += 1;
      }
      return runtime.now() - from;
    },
  };
}

/** Long enough for the whole rate. */
function settled(one: ReturnType<typeof world>): void {
  one.run(1);
  one.runtime.advance(6_000);
}

test('a function begins with half of the rate, and has the whole after a while', () => {
  const one = world();
  const first = one.run(400);
  settled(one);
  const later = one.run(400);
  expect(first / later).toBeGreaterThan(1.3);
});

test('below the quota nothing waits', () => {
  const one = world();
  settled(one);
  const { runtime, run } = one;
  for (let i = 0; i < 20; i++) {
    expect(run(15)).toBe(0);
    runtime.advance(25);
  }
});

test('above it, posts keep to four fifths of the quota, after a short burst', () => {
  const one = world();
  settled(one);
  const took = one.run(1_600);
  // 800 a second; 20 of them at once.
  expect(took).toBeGreaterThan(1_950);
  expect(took).toBeLessThan(2_000);
});

test('when the account is throttled, the rate goes down, to a twentieth at most, and comes back in seconds', () => {
  let isThrottled = true;
  const { runtime, pace, run } = world((i) => (isThrottled && i % 2 === 0 ? 'throttled' : 'delivered'));
  run(1_000);
  expect(pace.isLimited).toBe(true);
  const slowest = 100 / (run(100) / 1_000);
  expect(slowest).toBeGreaterThanOrEqual(39);
  expect(slowest).toBeLessThan(60);
  isThrottled = false;
  run(10);
  runtime.advance(6_000);
  expect(run(20)).toBe(0);
  expect(pace.isLimited).toBe(false);
  expect(800 / (run(800) / 1_000)).toBeGreaterThan(780);
});

test('a few phones that don’t keep up slow nobody down', () => {
  const one = world((i) => (i % 50 === 0 ? 'throttled' : 'delivered'));
  settled(one);
  expect(800 / (one.run(1_600) / 2_000)).toBeGreaterThan(780);
  expect(one.pace.isLimited).toBe(false);
});

test('a handful of phones that never keep up is not the account’s limit, however small the channel', () => {
  const one = world(
    (i) => (i % 2 === 0 ? 'throttled' : 'delivered'),
    (i) => `c${i % 10}`,
  );
  settled(one);
  one.run(1_000);
  expect(one.pace.isLimited).toBe(false);
});

test('the bucket of the account holds what all functions may send at once', () => {
  const one = world();
  settled(one);
  const { pace } = one;
  // A second's half is in the bucket; 80 % of it are for twenty functions.
  const waits = Array.from({ length: 21 }, () => pace.turn(Infinity));
  expect(waits.filter((wait) => wait === 0)).toHaveLength(20);
});

test('a turn that would come too late is not taken', () => {
  const one = world();
  settled(one);
  const { runtime, pace } = one;
  const soon = (): number => runtime.now() + 100;
  const turns = Array.from({ length: 500 }, () => pace.turn(soon()));
  const taken = turns.filter((wait) => wait !== undefined);
  // 20 at once, and those of a tenth of a second.
  expect(taken.length).toBeGreaterThan(95);
  expect(taken.length).toBeLessThan(102);
  runtime.advance(100);
  expect(pace.turn(soon())).toBeLessThan(5);
});

test('parts of the rate add up, and end', () => {
  const one = world();
  settled(one);
  const { pace, run, runtime } = one;
  const perSecond = (): number => {
    run(20);
    return 400 / (run(400) / 1_000);
  };
  const ends = [pace.share(1 / 8), pace.share(1 / 8)];
  expect(perSecond()).toBeCloseTo(200, -1);
  ends[0]?.();
  expect(perSecond()).toBeCloseTo(100, -1);
  ends[1]?.();
  runtime.advance(1_000);
  expect(perSecond()).toBeGreaterThan(780);
});
