// The account's requests of API Gateway are limited, and posts share the limit with everything that clients send. Each function
// keeps to a rate of its own, below the limit, and lowers it when posts are throttled: others are posting, too.
import type { Poster, PostOutcome, Runtime } from './ports';

/** Part of the account's quota that posts may use: the rest is for what clients send, and for the account's other APIs. */
const SHARE_OF_QUOTA = 0.8;
/** As many functions as can post at once without being throttled, if all have slowed down as far as they do. */
const FUNCTIONS = 20;
/** Part of a second's posts that may be sent at once. */
const BURST = 0.1;
/** Throttles are looked at together for so long. Milliseconds. */
const WINDOW = 100;
/** So many throttled posts, and such a share of all, are the account's limit; fewer are phones that don't keep up. */
const MIN_THROTTLED = 3;
const THROTTLED_SHARE = 0.05;
/** Part of the whole rate that comes back with each window. From the lowest to the highest it takes five seconds. */
const RECOVERY = 0.02;

/** A poster that keeps to a rate. Made once an instance, for all its posts. */
export class PacedPoster implements Poster {
  private readonly highest: number;
  /** Posts a second. */
  private rate: number;
  /** Posts that may begin at once; below 0, as many wait. */
  private tokens: number;
  private filledAt: number;
  private windowFrom: number;
  private posts = 0;
  private throttled = 0;

  /** @param quota requests a second that the account has */
  public constructor(
    private readonly poster: Poster,
    private readonly runtime: Pick<Runtime, 'now' | 'sleep'>,
    quota: number,
  ) {
    this.highest = SHARE_OF_QUOTA * quota;
    this.rate = this.highest;
    this.tokens = BURST * this.rate;
    this.filledAt = runtime.now();
    this.windowFrom = this.filledAt;
  }

  public async post(connectionId: string, frame: Uint8Array): Promise<PostOutcome> {
    const wait = this.take();
    if (wait > 0) await this.runtime.sleep(wait);
    const outcome = await this.poster.post(connectionId, frame);
    this.posts += 1;
    if (outcome === 'throttled') this.throttled += 1;
    return outcome;
  }

  /** Takes a token, and returns how long it is until it is there. Milliseconds. */
  private take(): number {
    const now = this.runtime.now();
    this.adapt(now);
    const gained = (Math.max(0, now - this.filledAt) * this.rate) / 1_000;
    this.tokens = Math.min(BURST * this.rate, this.tokens + gained) - 1;
    this.filledAt = now;
    return this.tokens >= 0 ? 0 : (-this.tokens * 1_000) / this.rate;
  }

  private adapt(now: number): void {
    const windows = Math.floor((now - this.windowFrom) / WINDOW);
    if (windows < 1) return;
    const isLimited = this.throttled >= MIN_THROTTLED && this.throttled > THROTTLED_SHARE * this.posts;
    this.rate = isLimited
      ? Math.max(this.highest / FUNCTIONS, this.rate / 2)
      : Math.min(this.highest, this.rate + windows * RECOVERY * this.highest);
    this.windowFrom = now;
    this.posts = 0;
    this.throttled = 0;
  }
}
