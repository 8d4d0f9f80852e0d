import { PacedPoster } from '../../lambda/core/pace';
import type { PostOutcome } from '../../lambda/core/ports';
import { TestRuntime } from '../support/memory';

const FRAME = new Uint8Array();
const QUOTA = 1_000;

/** A poster, and how long it makes its posts wait. */
function world(outcome: (i: number) => PostOutcome = () => 'delivered'): {
  runtime: TestRuntime;
  run: (posts: number) => Promise<number>;
} {
  const runtime = new TestRuntime();
  let made = 0;
  const poster = new PacedPoster({ post: () => Promise.resolve(outcome(made++)) }, runtime, QUOTA);
  return {
    runtime,
    run: async (posts) => {
      const from = runtime.now();
      for (let i = 0; i < posts; i++) await poster.post(`c${i}`, FRAME);
      return runtime.now() - from;
    },
  };
}

test('below the quota nothing waits', async () => {
  const { runtime, run } = world();
  for (let i = 0; i < 20; i++) {
    expect(await run(70)).toBe(0);
    runtime.advance(100);
  }
});

test('above it, posts keep to four fifths of the quota, after a short burst', async () => {
  const { run } = world();
  const took = await run(1_600);
  // 800 a second; 80 of them at once.
  expect(took).toBeGreaterThan(1_850);
  expect(took).toBeLessThan(1_950);
});

test('when the account is throttled, the rate goes down, to a twentieth at most, and comes back in seconds', async () => {
  let isThrottled = true;
  const { runtime, run } = world((i) => (isThrottled && i % 2 === 0 ? 'throttled' : 'delivered'));
  await run(1_000);
  const slowest = 100 / ((await run(100)) / 1_000);
  expect(slowest).toBeGreaterThanOrEqual(39);
  expect(slowest).toBeLessThan(60);
  isThrottled = false;
  await run(10);
  runtime.advance(6_000);
  expect(await run(80)).toBe(0);
  expect(800 / ((await run(800)) / 1_000)).toBeGreaterThan(780);
});

test('a few phones that don’t keep up slow nobody down', async () => {
  const { run } = world((i) => (i % 50 === 0 ? 'throttled' : 'delivered'));
  expect(800 / ((await run(1_600)) / 2_000)).toBeGreaterThan(780);
});
