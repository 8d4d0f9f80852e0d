// The account's requests of API Gateway are limited, and posts share the limit with everything that clients send. Each function
// keeps to a rate of its own, below the limit, and lowers it when posts are throttled: others are posting, too.
import { BoundedMap } from './bounded-map';
import type { PostOutcome, Runtime } from './ports';

/** Part of the account's quota that posts may use: the rest is for what clients send, and for the account's other APIs. */
const SHARE_OF_QUOTA = 0.8;
/**
 * As many functions as can post at once without being throttled, if all have slowed down as far as they do: as many as there are
 * workers (lib/private/realtime-functions.ts).
 */
const FUNCTIONS = 20;
/**
 * Part of a second's requests that may be made at once, by all together: 5,000 where 10,000 are the quota.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const BUCKET = 0.5;
/** Throttles are looked at together for so long. Milliseconds. */
const WINDOW = 250;
/** So many throttled connections, and such a share of all posts, are the account's limit; fewer are phones that don't keep up. */
const MIN_THROTTLED = 10;
const THROTTLED_SHARE = 0.05;
/** Part of the whole rate that comes back with each window. From the lowest to the highest it takes five seconds. */
const RECOVERY = 0.05;
/** Part of the whole rate that a function begins with: it does not know yet how many others post. */
const FIRST = 0.5;
/** A throttled post is tried again this often; then the client's cursor finds the message. */
export const MAX_RETRIES = 2;
/** The same where it is the account that is throttled, and not one slow phone: it has its turn when the pace allows. */
const MAX_RETRIES_LIMITED = 6;
/** How long a phone that did not keep up with all retries is posted to once only. Milliseconds. */
const FULL_FOR = 10_000;
/** Such phones that are remembered. */
const REMEMBERED = 10_000;

/** The rate that a function keeps to. Made once an instance, for all its posts. */
export class Pace {
  private readonly highest: number;
  /** Most posts that may begin at once. */
  private readonly burst: number;
  /** What of the highest rate is this function's: the sum of these, or all. */
  private readonly parts = new Set<{ readonly part: number }>();
  /** Posts a second. */
  private rate: number;
  /** Posts that may begin at once; below 0, as many wait. */
  private tokens: number;
  private filledAt: number;
  private windowFrom: number;
  private posts = 0;
  private readonly throttled = new Set<string>();
  /** Whether the rate was lowered in this window. */
  private isLowered = false;
  private limitedUntil = 0;
  private readonly full = new BoundedMap<number>(REMEMBERED);

  /** @param quota requests a second that the account has */
  public constructor(
    private readonly runtime: Pick<Runtime, 'now'>,
    quota: number,
  ) {
    this.highest = SHARE_OF_QUOTA * quota;
    this.burst = (SHARE_OF_QUOTA * BUCKET * quota) / FUNCTIONS;
    this.rate = FIRST * this.highest;
    this.tokens = this.burst;
    this.filledAt = runtime.now();
    this.windowFrom = this.filledAt;
  }

  /** Whether posts were throttled lately because of the account's limit. */
  public get isLimited(): boolean {
    return this.runtime.now() < this.limitedUntil;
  }

  /**
   * Keeps to a part of the rate: who sends to one shard of a channel is not alone.
   *
   * @param part more than 0, at most 1. Of what is done at once, parts add up
   * @returns ends it
   */
  public share(part: number): () => void {
    const one = { part };
    this.parts.add(one);
    return () => {
      this.parts.delete(one);
    };
  }

  /**
   * Takes a post's turn.
   *
   * @param before when it has to be. Milliseconds since 1970
   * @returns how long it is until then, in milliseconds; undefined when that is too late, and nothing is taken
   */
  public turn(before: number): number | undefined {
    const now = this.runtime.now();
    this.adapt(now);
    const rate = Math.min(this.rate, this.part() * this.highest);
    const gained = (Math.max(0, now - this.filledAt) * rate) / 1_000;
    this.tokens = Math.min(this.burst, this.tokens + gained);
    this.filledAt = now;
    const wait = this.tokens >= 1 ? 0 : ((1 - this.tokens) * 1_000) / rate;
    if (now + wait >= before) return undefined;
    this.tokens -= 1;
    return wait;
  }

  /** Learns what became of a connection's post, when it was tried for the first time. */
  public told(connectionId: string, outcome: PostOutcome): void {
    this.posts += 1;
    if (outcome === 'delivered') this.full.delete(connectionId);
    if (outcome !== 'throttled') return;
    this.throttled.add(connectionId);
    const now = this.runtime.now();
    this.adapt(now);
    const isAccount = this.throttled.size >= MIN_THROTTLED && this.throttled.size > THROTTLED_SHARE * this.posts;
    // Once in a window: the others were on their way before the rate was lowered.
    if (!isAccount || this.isLowered) return;
    this.isLowered = true;
    this.limitedUntil = now + 2 * WINDOW;
    this.rate = Math.max(this.highest / FUNCTIONS, this.rate / 2);
  }

  /** How often a throttled post is tried again. */
  public retries(connectionId: string): number {
    if (this.isLimited) return MAX_RETRIES_LIMITED;
    return this.runtime.now() < (this.full.get(connectionId) ?? 0) ? 0 : MAX_RETRIES;
  }

  /** Learns that a connection was throttled with all its retries. */
  public gaveUp(connectionId: string): void {
    if (!this.isLimited) this.full.set(connectionId, this.runtime.now() + FULL_FOR);
  }

  private part(): number {
    let sum = 0;
    for (const { part } of this.parts) sum += part;
    return sum > 0 ? Math.min(1, sum) : 1;
  }

  private adapt(now: number): void {
    const windows = Math.floor((now - this.windowFrom) / WINDOW);
    if (windows < 1) return;
    const quiet = this.isLowered ? windows - 1 : windows;
    this.rate = Math.min(this.highest, this.rate + quiet * RECOVERY * this.highest);
    this.isLowered = false;
    this.windowFrom = now;
    this.posts = 0;
    this.throttled.clear();
  }
}
