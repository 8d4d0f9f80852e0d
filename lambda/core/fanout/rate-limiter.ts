// Requests to the transport are limited per account, and posts share the limit with the frames that clients send. Each function
// instance keeps its own rate below the limit (a token bucket), and halves it when posts are throttled, since others post too.
import { BoundedMap } from '../bounded-map';
import type { DeliveryOutcome } from '../connections/transport';
import type { Runtime } from '../runtime';

/** Requests that the account may make to the transport. */
export interface RequestQuota {
  /** Requests a second. */
  readonly perSecond: number;
  /** Requests at once, over all function instances. */
  readonly burst: number;
}

/** Part of the account's quota that posts may use. The rest is for frames of clients, and for other APIs of the account. */
const SHARE_OF_QUOTA = 0.8;
/** Number of instances that can post at the same time without being throttled, when all are at the lowest rate. */
const INSTANCES = 20;
/**
 * Waiting posts start together, once per interval. With a timer for each post, the function needs a sixth more CPU. Milliseconds.
 */
const INTERVAL = 25;
/** Length of the window in which throttled connections are counted. Milliseconds. */
const WINDOW = 250;
/** This many throttled connections, and this share of all posts, mean that the account is throttled; fewer are slow connections. */
const MIN_THROTTLED = 10;
const THROTTLED_SHARE = 0.05;
/** Part of the highest rate that is regained per window. From the lowest to the highest rate it takes five seconds. */
const RECOVERY = 0.05;
/** Part of the highest rate that an instance starts with: the number of other instances is unknown. */
const INITIAL_SHARE = 0.5;
/** Retries of a throttled post. The client's cursor then finds the message. */
export const MAX_RETRIES = 2;
/** Retries while the account is throttled: each waits for the rate limiter. */
const MAX_RETRIES_ACCOUNT_THROTTLED = 6;
/** Time without retries for a connection that was throttled with all its retries. Milliseconds. */
const GIVEN_UP_MEMORY = 10_000;
/** Maximum number of such connections in the cache. */
const MAX_GIVEN_UP = 10_000;

/** A post that waits for a token. */
interface Waiting {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  readonly resolve: (isAcquired: boolean) => void;
}

/** Limits the rate of posts of one function instance. */
export class RateLimiter {
  /** Posts a second. */
  private readonly highestRate: number;
  /** Posts that may start at once. */
  private readonly burst: number;
  /** Number of active `limitToShare` calls, and the sum of their shares. */
  private shareCount = 0;
  private shareSum = 0;
  /** Posts a second. */
  private rate: number;
  private tokens: number;
  private waiting: Waiting[] = [];
  private refilledAt: number;
  private windowStart: number;
  /** Posts of the current window. */
  private posts = 0;
  /** Connections that were throttled in the current window. */
  private readonly throttled = new Set<string>();
  /** The rate was lowered in the current window. */
  private isLowered = false;
  private accountThrottledUntil = 0;
  /** By connection: the time until which its posts are not retried. */
  private readonly noRetryUntil = new BoundedMap<number>(MAX_GIVEN_UP);

  /** @param quota of the account in this region */
  public constructor(
    private readonly runtime: Pick<Runtime, 'now' | 'after'>,
    { perSecond, burst }: RequestQuota,
  ) {
    this.highestRate = SHARE_OF_QUOTA * perSecond;
    this.burst = (SHARE_OF_QUOTA * burst) / INSTANCES;
    this.rate = INITIAL_SHARE * this.highestRate;
    this.tokens = this.burst;
    this.refilledAt = runtime.now();
    this.windowStart = this.refilledAt;
  }

  /** Whether posts were throttled recently because of the account's limit. */
  public get isAccountThrottled(): boolean {
    return this.runtime.now() < this.accountThrottledUntil;
  }

  /**
   * Limits the rate to a share of the highest, because other workers send to other shards of the channel. The shares of calls that
   * are active at the same time add up; a share that is returned stays available until the last one is.
   *
   * @param share more than 0, at most 1
   * @returns returns the share
   */
  public limitToShare(share: number): () => void {
    this.shareCount += 1;
    this.shareSum += share;
    return () => {
      this.shareCount -= 1;
      if (this.shareCount === 0) this.shareSum = 0;
    };
  }

  /**
   * Waits for permission to post.
   *
   * @param deadline milliseconds since 1970
   * @returns true when the post may start; false, without a wait, when the permission would come after the deadline
   */
  public acquire(deadline: number): boolean | Promise<boolean> {
    const now = this.runtime.now();
    this.refill(now);
    if (now >= deadline) return false;
    if (this.waiting.length === 0 && this.tokens >= 1) {
      this.tokens -= 1;
      return true;
    }
    const wait = ((this.waiting.length + 1 - this.tokens) * 1_000) / this.currentRate();
    if (now + wait >= deadline) return false;
    return new Promise((resolve) => {
      this.waiting.push({ deadline, resolve });
      if (this.waiting.length === 1) this.scheduleRelease();
    });
  }

  private scheduleRelease(): void {
    this.runtime.after(INTERVAL, () => {
      this.release();
    });
  }

  private release(): void {
    const now = this.runtime.now();
    this.refill(now);
    let count = 0;
    for (const { deadline, resolve } of this.waiting) {
      if (this.tokens < 1) break;
      count += 1;
      const isAcquired = now < deadline;
      if (isAcquired) this.tokens -= 1;
      resolve(isAcquired);
    }
    this.waiting = this.waiting.slice(count);
    if (this.waiting.length > 0) this.scheduleRelease();
  }

  private refill(now: number): void {
    this.adaptRate(now);
    const rate = this.currentRate();
    const gained = (Math.max(0, now - this.refilledAt) * rate) / 1_000;
    // A timer may be late: two intervals of tokens are kept.
    const capacity = Math.max(this.burst, (2 * INTERVAL * rate) / 1_000);
    this.tokens = Math.min(capacity, this.tokens + gained);
    this.refilledAt = now;
  }

  private currentRate(): number {
    return Math.min(this.rate, (this.shareCount === 0 ? 1 : this.shareSum) * this.highestRate);
  }

  /** Records the outcome of a post's first attempt. */
  public recordOutcome(connectionId: string, outcome: DeliveryOutcome): void {
    this.posts += 1;
    if (outcome === 'delivered') this.noRetryUntil.delete(connectionId);
    if (outcome !== 'throttled') return;
    this.throttled.add(connectionId);
    const now = this.runtime.now();
    this.adaptRate(now);
    const isAccount = this.throttled.size >= MIN_THROTTLED && this.throttled.size > THROTTLED_SHARE * this.posts;
    // Once per window: later throttles are of posts that started before the rate was lowered.
    if (!isAccount || this.isLowered) return;
    this.isLowered = true;
    this.accountThrottledUntil = now + 2 * WINDOW;
    this.rate = Math.max(this.highestRate / INSTANCES, this.rate / 2);
  }

  /** Number of retries of a throttled post. */
  public maxRetries(connectionId: string): number {
    if (this.isAccountThrottled) return MAX_RETRIES_ACCOUNT_THROTTLED;
    return this.runtime.now() < (this.noRetryUntil.get(connectionId) ?? 0) ? 0 : MAX_RETRIES;
  }

  /** Records that a connection was throttled with all its retries. */
  public recordGivenUp(connectionId: string): void {
    if (!this.isAccountThrottled) this.noRetryUntil.set(connectionId, this.runtime.now() + GIVEN_UP_MEMORY);
  }

  private adaptRate(now: number): void {
    const windows = Math.floor((now - this.windowStart) / WINDOW);
    if (windows < 1) return;
    const unthrottled = this.isLowered ? windows - 1 : windows;
    this.rate = Math.min(this.highestRate, this.rate + unthrottled * RECOVERY * this.highestRate);
    this.isLowered = false;
    this.windowStart = now;
    this.posts = 0;
    this.throttled.clear();
  }
}
