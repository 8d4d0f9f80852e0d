// The account's requests of API Gateway are limited, and posts share the limit with everything that clients send. Each function
// keeps to a rate of its own, below the limit, and lowers it when posts are throttled: others are posting, too.
import type { PostOutcome, Runtime } from './ports';

/** Part of the account's quota that posts may use: the rest is for what clients send, and for the account's other APIs. */
const SHARE_OF_QUOTA = 0.8;
/** As many functions as can post at once without being throttled, if all have slowed down as far as they do. */
const FUNCTIONS = 20;
/** Part of a second's posts that may be sent at once. */
const BURST = 0.1;
/** Throttles are looked at together for so long. Milliseconds. */
const WINDOW = 250;
/** So many throttled posts, and such a share of all, are the account's limit; fewer are phones that don't keep up. */
const MIN_THROTTLED = 3;
const THROTTLED_SHARE = 0.05;
/** Part of the whole rate that comes back with each window. From the lowest to the highest it takes five seconds. */
const RECOVERY = 0.05;

/** Part of the whole rate that a function begins with: it does not know yet how many others post. */
const FIRST = 0.5;

/** The rate that a function keeps to. Made once an instance, for all its posts. */
export class Pace {
  private readonly highest: number;
  /** Posts a second. */
  private rate: number;
  /** Posts that may begin at once; below 0, as many wait. */
  private tokens: number;
  private filledAt: number;
  private windowFrom: number;
  private posts = 0;
  private throttled = 0;
  private limited = false;

  /** @param quota requests a second that the account has */
  public constructor(
    private readonly runtime: Pick<Runtime, 'now'>,
    quota: number,
  ) {
    this.highest = SHARE_OF_QUOTA * quota;
    this.rate = FIRST * this.highest;
    this.tokens = BURST * this.rate;
    this.filledAt = runtime.now();
    this.windowFrom = this.filledAt;
  }

  /** Whether posts were throttled lately because of the account's limit. */
  public get isLimited(): boolean {
    return this.limited;
  }

  /** Takes a post's turn, and returns how long it is until then. Milliseconds. */
  public turn(): number {
    const now = this.runtime.now();
    this.adapt(now);
    const gained = (Math.max(0, now - this.filledAt) * this.rate) / 1_000;
    this.tokens = Math.min(BURST * this.rate, this.tokens + gained) - 1;
    this.filledAt = now;
    return this.tokens >= 0 ? 0 : (-this.tokens * 1_000) / this.rate;
  }

  /** Learns what became of a post. */
  public told(outcome: PostOutcome): void {
    this.posts += 1;
    if (outcome === 'throttled') this.throttled += 1;
  }

  private adapt(now: number): void {
    const windows = Math.floor((now - this.windowFrom) / WINDOW);
    if (windows < 1) return;
    this.limited = this.throttled >= MIN_THROTTLED && this.throttled > THROTTLED_SHARE * this.posts;
    this.rate = this.limited
      ? Math.max(this.highest / FUNCTIONS, this.rate / 2)
      : Math.min(this.highest, this.rate + windows * RECOVERY * this.highest);
    this.windowFrom = now;
    this.posts = 0;
    this.throttled = 0;
  }
}
