import { apiGatewayQuota } from '../../../../../lambda/adapters/api-gateway/limits';
import { RateLimiter } from '../../../../../lambda/core/fanout/rate-limiter';
import type { DeliveryOutcome } from '../../../../../lambda/core/connections/transport';
import { TestRuntime } from '../../../../support/memory/memory';

const QUOTA = 1_000;

/** Posts one after another; `run` returns the time that it took. */
function world(
  outcome: (i: number) => DeliveryOutcome = () => 'delivered',
  id: (i: number) => string = String,
): {
  runtime: TestRuntime;
  limiter: RateLimiter;
  run: (posts: number) => Promise<number>;
} {
  const runtime = new TestRuntime();
  const limiter = new RateLimiter(runtime, apiGatewayQuota(QUOTA));
  let made = 0;
  return {
    runtime,
    limiter,
    run: async (posts) => {
      const from = runtime.now();
      for (let i = 0; i < posts; i++) {
        await passing(runtime, limiter.acquire(Infinity));
        limiter.recordOutcome(id(made), outcome(made));
        made += 1;
      }
      return runtime.now() - from;
    },
  };
}

/** Advances the clock until the promise settles. */
async function passing<T>(runtime: TestRuntime, value: T | Promise<T>): Promise<T> {
  let isThere = false;
  const promise = Promise.resolve(value).finally(() => (isThere = true));
  for (;;) {
    for (let i = 0; i < 4; i++) await Promise.resolve();
    if (isThere as boolean) return promise;
    runtime.advance(1);
  }
}

/** Waits until the limiter has its highest rate. */
async function settled(one: ReturnType<typeof world>): Promise<void> {
  await one.run(1);
  one.runtime.advance(6_000);
}

test('given a new instance, then it starts with half of the rate and reaches the highest rate later', async () => {
  const one = world();
  const first = await one.run(400);
  await settled(one);
  const later = await one.run(400);
  expect(first / later).toBeGreaterThan(1.3);
});

test('given a rate below the quota, then no post waits', async () => {
  const one = world();
  await settled(one);
  const { runtime, run } = one;
  for (let i = 0; i < 20; i++) {
    expect(await run(15)).toBe(0);
    runtime.advance(25);
  }
});

test('given a rate above the quota, then posts use four fifths of it, after a short burst', async () => {
  const one = world();
  await settled(one);
  const took = await one.run(1_600);
  // 800 a second; 40 of them at once.
  expect(took).toBeGreaterThanOrEqual(1_950);
  expect(took).toBeLessThan(2_000);
});

test('when the account is throttled, then the rate falls to a twentieth at the least and recovers within seconds', async () => {
  let isThrottled = true;
  const { runtime, limiter, run } = world((i) => (isThrottled && i % 2 === 0 ? 'throttled' : 'delivered'));
  await run(1_000);
  expect(limiter.isAccountThrottled).toBe(true);
  const slowest = 100 / ((await run(100)) / 1_000);
  expect(slowest).toBeGreaterThanOrEqual(39);
  expect(slowest).toBeLessThan(70);
  isThrottled = false;
  await run(10);
  runtime.advance(6_000);
  expect(await run(20)).toBe(0);
  expect(limiter.isAccountThrottled).toBe(false);
  expect(800 / ((await run(800)) / 1_000)).toBeGreaterThan(780);
});

test('given a few slow connections among many, then the rate stays', async () => {
  const one = world((i) => (i % 50 === 0 ? 'throttled' : 'delivered'));
  await settled(one);
  expect(800 / ((await one.run(1_600)) / 2_000)).toBeGreaterThan(780);
  expect(one.limiter.isAccountThrottled).toBe(false);
});

test('given a small channel of slow connections, then the account does not count as throttled', async () => {
  const one = world(
    (i) => (i % 2 === 0 ? 'throttled' : 'delivered'),
    (i) => `c${i % 10}`,
  );
  await settled(one);
  await one.run(1_000);
  expect(one.limiter.isAccountThrottled).toBe(false);
});

test('when many posts start at once, then an instance uses its share of the account’s burst', async () => {
  const one = world();
  await settled(one);
  // 80 % of the burst of half a second, for twenty instances; or two intervals of the rate, if that is more.
  const turns = Array.from({ length: 100 }, () => one.limiter.acquire(Infinity));
  expect(turns.filter((turn) => turn === true)).toHaveLength(40);
});

test('given waiting posts, then they start together, as many as an interval allows', async () => {
  const one = world();
  await settled(one);
  const { runtime, limiter } = one;
  let begun = 0;
  for (let i = 0; i < 100; i++) void Promise.resolve(limiter.acquire(Infinity)).then(() => (begun += 1));
  const counts: number[] = [];
  for (let i = 0; i < 4; i++) {
    await new Promise(setImmediate);
    counts.push(begun);
    runtime.advance(25);
  }
  expect(counts).toEqual([40, 60, 80, 100]);
});

test('when permission would come after the deadline, then it is refused at once and uses no token', async () => {
  const one = world();
  await settled(one);
  const { runtime, limiter } = one;
  const soon = (): number => runtime.now() + 100;
  const turns = Array.from({ length: 500 }, () => limiter.acquire(soon()));
  // 40 at once, and those of a tenth of a second.
  expect(turns.filter((turn) => turn === false)).toHaveLength(500 - 40 - 79);
  runtime.advance(125);
  expect(limiter.acquire(soon())).toBe(true);
});

test('given several shares, then they add up, and a returned share stays available until the last is returned', async () => {
  const one = world();
  await settled(one);
  const { limiter, run, runtime } = one;
  const perSecond = async (): Promise<number> => {
    await run(40);
    return 400 / ((await run(400)) / 1_000);
  };
  const ends = [limiter.limitToShare(1 / 8), limiter.limitToShare(1 / 8)];
  expect(await perSecond()).toBeCloseTo(200, -1);
  ends[0]?.();
  expect(await perSecond()).toBeCloseTo(200, -1);
  ends[1]?.();
  runtime.advance(1_000);
  expect(await perSecond()).toBeGreaterThan(780);
});
