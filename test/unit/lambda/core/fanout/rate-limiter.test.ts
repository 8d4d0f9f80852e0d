import { Pace } from '../../../../../lambda/core/fanout/rate-limiter';
import type { PostOutcome } from '../../../../../lambda/core/connections/transport';
import { TestRuntime } from '../../../../support/memory/memory';

const QUOTA = 1_000;

/** Posts one after another, and tells how long they had to wait. */
function world(
  outcome: (i: number) => PostOutcome = () => 'delivered',
  id: (i: number) => string = String,
): {
  runtime: TestRuntime;
  pace: Pace;
  run: (posts: number) => Promise<number>;
} {
  const runtime = new TestRuntime();
  const pace = new Pace(runtime, QUOTA);
  let made = 0;
  return {
    ...{ runtime, pace },
    run: async (posts) => {
      const from = runtime.now();
      for (let i = 0; i < posts; i++) {
        await passing(runtime, pace.turn(Infinity));
        pace.told(id(made), outcome(made));
        made += 1;
      }
      return runtime.now() - from;
    },
  };
}

/** Lets time pass until something is there. */
async function passing<T>(runtime: TestRuntime, value: T | Promise<T>): Promise<T> {
  let isThere = false;
  const promise = Promise.resolve(value).finally(() => (isThere = true));
  for (;;) {
    for (let i = 0; i < 4; i++) await Promise.resolve();
    if (isThere as boolean) return promise;
    runtime.advance(1);
  }
}

/** Long enough for the whole rate. */
async function settled(one: ReturnType<typeof world>): Promise<void> {
  await one.run(1);
  one.runtime.advance(6_000);
}

test('a function begins with half of the rate, and has the whole after a while', async () => {
  const one = world();
  const first = await one.run(400);
  await settled(one);
  const later = await one.run(400);
  expect(first / later).toBeGreaterThan(1.3);
});

test('below the quota nothing waits', async () => {
  const one = world();
  await settled(one);
  const { runtime, run } = one;
  for (let i = 0; i < 20; i++) {
    expect(await run(15)).toBe(0);
    runtime.advance(25);
  }
});

test('above it, posts keep to four fifths of the quota, after a short burst', async () => {
  const one = world();
  await settled(one);
  const took = await one.run(1_600);
  // 800 a second; 40 of them at once.
  expect(took).toBeGreaterThanOrEqual(1_950);
  expect(took).toBeLessThan(2_000);
});

test('when the account is throttled, the rate goes down, to a twentieth at most, and comes back in seconds', async () => {
  let isThrottled = true;
  const { runtime, pace, run } = world((i) => (isThrottled && i % 2 === 0 ? 'throttled' : 'delivered'));
  await run(1_000);
  expect(pace.isLimited).toBe(true);
  const slowest = 100 / ((await run(100)) / 1_000);
  expect(slowest).toBeGreaterThanOrEqual(39);
  expect(slowest).toBeLessThan(70);
  isThrottled = false;
  await run(10);
  runtime.advance(6_000);
  expect(await run(20)).toBe(0);
  expect(pace.isLimited).toBe(false);
  expect(800 / ((await run(800)) / 1_000)).toBeGreaterThan(780);
});

test('a few phones that don’t keep up slow nobody down', async () => {
  const one = world((i) => (i % 50 === 0 ? 'throttled' : 'delivered'));
  await settled(one);
  expect(800 / ((await one.run(1_600)) / 2_000)).toBeGreaterThan(780);
  expect(one.pace.isLimited).toBe(false);
});

test('a handful of phones that never keep up is not the account’s limit, however small the channel', async () => {
  const one = world(
    (i) => (i % 2 === 0 ? 'throttled' : 'delivered'),
    (i) => `c${i % 10}`,
  );
  await settled(one);
  await one.run(1_000);
  expect(one.pace.isLimited).toBe(false);
});

test('the bucket of the account holds what all functions may send at once', async () => {
  const one = world();
  await settled(one);
  // A second's half is in the bucket; 80 % of it are for twenty functions, or two beats of the rate, if that is more.
  const turns = Array.from({ length: 100 }, () => one.pace.turn(Infinity));
  expect(turns.filter((turn) => turn === true)).toHaveLength(40);
});

test('those that have to wait begin together, as many as a beat allows', async () => {
  const one = world();
  await settled(one);
  const { runtime, pace } = one;
  let begun = 0;
  for (let i = 0; i < 100; i++) void Promise.resolve(pace.turn(Infinity)).then(() => (begun += 1));
  const counts: number[] = [];
  for (let i = 0; i < 4; i++) {
    await new Promise(setImmediate);
    counts.push(begun);
    runtime.advance(25);
  }
  expect(counts).toEqual([40, 60, 80, 100]);
});

test('a turn that would come too late is not waited for, and costs the others nothing', async () => {
  const one = world();
  await settled(one);
  const { runtime, pace } = one;
  const soon = (): number => runtime.now() + 100;
  const turns = Array.from({ length: 500 }, () => pace.turn(soon()));
  // 40 at once, and those of a tenth of a second.
  expect(turns.filter((turn) => turn === false)).toHaveLength(500 - 40 - 79);
  runtime.advance(125);
  expect(pace.turn(soon())).toBe(true);
});

test('parts of the rate add up, and are left to the rest, until the last has ended', async () => {
  const one = world();
  await settled(one);
  const { pace, run, runtime } = one;
  const perSecond = async (): Promise<number> => {
    await run(40);
    return 400 / ((await run(400)) / 1_000);
  };
  const ends = [pace.share(1 / 8), pace.share(1 / 8)];
  expect(await perSecond()).toBeCloseTo(200, -1);
  ends[0]?.();
  expect(await perSecond()).toBeCloseTo(200, -1);
  ends[1]?.();
  runtime.advance(1_000);
  expect(await perSecond()).toBeGreaterThan(780);
});
