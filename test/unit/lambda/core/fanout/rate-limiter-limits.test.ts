// The limits of the rate limiter, one by one: deadlines, when the account counts as throttled, how the rate falls and recovers, and
// how often a post is retried.
import { MAX_RETRIES, RateLimiter } from '../../../../../lambda/core/fanout/rate-limiter';
import { TestRuntime } from '../../../../support/memory/memory';

const WINDOW = 250;
/** Highest rate 800 a second, 40 posts at once; a new instance has half of the rate. */
const QUOTA = { perSecond: 1_000, burst: 1_000 };
const RETRIES_ACCOUNT_THROTTLED = 6;

let runtime: TestRuntime;
let limiter: RateLimiter;
beforeEach(() => {
  runtime = new TestRuntime();
  limiter = new RateLimiter(runtime, QUOTA);
});

/** Takes the tokens that are there. Returns their number. */
function takeAll(): number {
  let count = 0;
  // A deadline so near that nothing is waited for.
  while (limiter.acquire(runtime.now() + 0.01) === true) count += 1;
  return count;
}

/** Tokens that come within `ms`, after those that were there. */
function gained(ms: number): number {
  takeAll();
  runtime.time += ms;
  return takeAll();
}

function throttle(connections: number, from = 0): void {
  for (let i = from; i < from + connections; i++) limiter.recordOutcome(`c${i}`, 'throttled');
}

describe('deadlines', () => {
  test('given tokens, when the deadline is now, then the post may not start', () => {
    expect(limiter.acquire(runtime.now())).toBe(false);
    expect(limiter.acquire(runtime.now() + 1)).toBe(true);
  });

  test('given no tokens, then permission that would come at the deadline is refused, and before it is waited for', () => {
    expect(takeAll()).toBe(40);
    // 400 a second: 2.5 ms for each token.
    expect(limiter.acquire(runtime.now() + 2.5)).toBe(false);
    expect(limiter.acquire(runtime.now() + 2.6)).toBeInstanceOf(Promise);
    // The second one comes after the first.
    expect(limiter.acquire(runtime.now() + 5)).toBe(false);
    expect(limiter.acquire(runtime.now() + 5.1)).toBeInstanceOf(Promise);
  });

  test('given a waiting post, when its turn comes at its deadline, then it is refused and uses no token', async () => {
    takeAll();
    const [late, next] = [limiter.acquire(runtime.now() + 25), limiter.acquire(runtime.now() + 26)];
    runtime.advance(25);
    expect([await late, await next]).toEqual([false, true]);
    // 10 tokens in 25 ms, one of them used.
    expect(takeAll()).toBe(9);
  });

  test('given a waiting post, when others come, then they wait behind it, although tokens have come', () => {
    takeAll();
    void limiter.acquire(Number.MAX_SAFE_INTEGER);
    runtime.time += 20;
    expect(limiter.acquire(Number.MAX_SAFE_INTEGER)).toBeInstanceOf(Promise);
  });

  test('given more waiting posts than an interval allows, then the rest start an interval later', async () => {
    takeAll();
    let begun = 0;
    for (let i = 0; i < 25; i++)
      void Promise.resolve(limiter.acquire(Number.MAX_SAFE_INTEGER)).then(() => (begun += 1));
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      runtime.advance(25);
      await new Promise(setImmediate);
      counts.push(begun);
    }
    expect(counts).toEqual([10, 20, 25]);
  });
});

describe('tokens', () => {
  test('given a pause, then the burst is kept, and no more', () => {
    expect(gained(10_000)).toBe(40);
  });

  test('given a quota without a burst, then two intervals of the rate are kept', () => {
    limiter = new RateLimiter(runtime, { perSecond: 10_000, burst: 0 });
    // 4,000 a second at first.
    expect(gained(10)).toBe(40);
    expect(gained(60)).toBe(200);
  });

  test('when the clock goes back, then no token is lost', () => {
    takeAll();
    runtime.time += 25;
    void limiter.acquire(runtime.now());
    runtime.time -= 1_000;
    expect(takeAll()).toBe(10);
  });
});

describe('the rate', () => {
  test.each([
    [WINDOW - 26, 400],
    [WINDOW, 440],
    [3 * WINDOW, 520],
    [9 * WINDOW, 760],
    [10 * WINDOW, 800],
    [20 * WINDOW, 800],
  ])('given no throttling for %d ms, then the rate is %d', (ms, perSecond) => {
    runtime.time += ms;
    expect(gained(25)).toBe(perSecond / 40);
  });

  test('given fewer throttled connections than ten, then the account does not count as throttled', () => {
    throttle(9);
    expect(limiter.isAccountThrottled).toBe(false);
    // The same connection counts once.
    throttle(1);
    expect(limiter.isAccountThrottled).toBe(false);
    throttle(1, 9);
    expect(limiter.isAccountThrottled).toBe(true);
  });

  test.each([
    [189, true],
    [190, false],
  ])(
    'given ten throttled connections and %d other posts, then more than a twentieth is throttled: %s',
    (others, expected) => {
      for (let i = 0; i < others; i++) limiter.recordOutcome(`ok${i}`, 'delivered');
      throttle(10);
      expect(limiter.isAccountThrottled).toBe(expected);
    },
  );

  test('given throttled connections in two windows, then each window counts for itself', () => {
    throttle(9);
    runtime.time += WINDOW;
    throttle(9, 9);
    expect(limiter.isAccountThrottled).toBe(false);
  });

  test('when the account is throttled, then the rate is halved once a window, and that lasts two windows', () => {
    throttle(30);
    expect(gained(50)).toBe(10);
    expect(limiter.isAccountThrottled).toBe(true);
    runtime.time += 2 * WINDOW - 51;
    expect(limiter.isAccountThrottled).toBe(true);
    runtime.time += 1;
    expect(limiter.isAccountThrottled).toBe(false);
  });

  test('when the account stays throttled, then the rate falls to a twentieth of the highest', () => {
    for (let i = 0; i < 10; i++) {
      throttle(20);
      runtime.time += WINDOW;
    }
    expect(gained(100)).toBe(4);
  });

  test('given a window in which the rate fell, then it does not rise for that window', () => {
    throttle(10);
    takeAll();
    runtime.time += WINDOW;
    takeAll();
    expect(gained(100)).toBe(20);
    runtime.time += WINDOW - 100;
    takeAll();
    expect(gained(100)).toBe(24);
  });

  test('given shares, then the rate is at most the sum of the shares of the highest, and at most its own', () => {
    const end = limiter.limitToShare(0.25);
    expect(gained(50)).toBe(10);
    const endOther = limiter.limitToShare(1);
    expect(gained(50)).toBe(20);
    end();
    endOther();
    expect(gained(25)).toBe(10);
    limiter.limitToShare(0.25);
    expect(gained(50)).toBe(10);
  });
});

describe('retries', () => {
  test('given a connection that was given up, then its posts are not retried for ten seconds', () => {
    limiter.recordGivenUp('a');
    expect([limiter.maxRetries('a'), limiter.maxRetries('b')]).toEqual([0, MAX_RETRIES]);
    runtime.time += 9_999;
    expect(limiter.maxRetries('a')).toBe(0);
    runtime.time += 1;
    expect(limiter.maxRetries('a')).toBe(MAX_RETRIES);
  });

  test.each([
    ['delivered', MAX_RETRIES],
    ['failed', 0],
    ['throttled', 0],
  ] as const)('given a connection that was given up, when a post is %s, then it has %d retries', (outcome, retries) => {
    limiter.recordGivenUp('a');
    limiter.recordOutcome('a', outcome);
    expect(limiter.maxRetries('a')).toBe(retries);
  });

  test('while the account is throttled, then posts are retried more often, and no connection is given up for it', () => {
    throttle(10);
    limiter.recordGivenUp('c0');
    expect(limiter.maxRetries('c0')).toBe(RETRIES_ACCOUNT_THROTTLED);
    runtime.time += 2 * WINDOW;
    expect(limiter.maxRetries('c0')).toBe(MAX_RETRIES);
  });
});
