import { Pace } from '../../lambda/core/pace';
import type { PostOutcome } from '../../lambda/core/ports';
import { TestRuntime } from '../support/memory';

const QUOTA = 1_000;

/** Posts one after another, and tells how long they had to wait. */
function world(outcome: (i: number) => PostOutcome = () => 'delivered'): {
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
        runtime.advance(pace.turn());
        pace.told(outcome(made++));
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
    expect(run(70)).toBe(0);
    runtime.advance(100);
  }
});

test('above it, posts keep to four fifths of the quota, after a short burst', () => {
  const one = world();
  settled(one);
  const took = one.run(1_600);
  // 800 a second; 80 of them at once.
  expect(took).toBeGreaterThan(1_850);
  expect(took).toBeLessThan(1_950);
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
  expect(run(80)).toBe(0);
  expect(pace.isLimited).toBe(false);
  expect(800 / (run(800) / 1_000)).toBeGreaterThan(780);
});

test('a few phones that don’t keep up slow nobody down', () => {
  const one = world((i) => (i % 50 === 0 ? 'throttled' : 'delivered'));
  settled(one);
  expect(800 / (one.run(1_600) / 2_000)).toBeGreaterThan(780);
  expect(one.pace.isLimited).toBe(false);
});
