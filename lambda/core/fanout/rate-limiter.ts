// The account's requests of API Gateway are limited, and posts share the limit with everything that clients send. Each function
// keeps to a rate of its own, below the limit, and lowers it when posts are throttled: others are posting, too.
import { BoundedMap } from '../bounded-map';
import type { PostOutcome } from '../connections/transport';
import type { Runtime } from '../runtime';

/** Part of the account's quota that posts may use: the rest is for what clients send, and for the account's other APIs. */
const SHARE_OF_QUOTA = 0.8;
/** As many functions as can post at once without being throttled, if all have slowed down as far as they do. */
const FUNCTIONS = 20;
/**
 * Part of a second's requests that may be made at once, by all together: 5,000 where 10,000 are the quota.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const BUCKET = 0.5;
/**
 * Posts that have to wait begin together, so many milliseconds apart: one by one, each has a timer and wakes the function up for
 * itself, which takes a sixth more CPU. Milliseconds.
 */
const BEAT = 25;
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

/** A post that waits for its turn. */
interface Waiting {
  /** When it has to have come. Milliseconds since 1970. */
  readonly before: number;
  readonly resolve: (isTurn: boolean) => void;
}

/** The rate that a function keeps to. Made once an instance, for all its posts. */
export class Pace {
  private readonly highest: number;
  /** Most posts that may begin at once. */
  private readonly burst: number;
  /** Who shares the rate with others now, and what of it is theirs. */
  private sharing = 0;
  private part = 0;
  /** Posts a second. */
  private rate: number;
  /** Posts that may begin at once. */
  private tokens: number;
  private waiting: Waiting[] = [];
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
    private readonly runtime: Pick<Runtime, 'now' | 'after'>,
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
   * @param part more than 0, at most 1. Of what is done at once, parts add up, and whoever is done leaves his to the rest
   * @returns ends it
   */
  public share(part: number): () => void {
    this.sharing += 1;
    this.part += part;
    return () => {
      this.sharing -= 1;
      if (this.sharing === 0) this.part = 0;
    };
  }

  /**
   * Waits for a post's turn.
   *
   * @param before when it has to come. Milliseconds since 1970
   * @returns whether it came: if it would be too late, nobody waits for it
   */
  public turn(before: number): boolean | Promise<boolean> {
    const now = this.runtime.now();
    this.refill(now);
    if (now >= before) return false;
    if (this.waiting.length === 0 && this.tokens >= 1) {
      this.tokens -= 1;
      return true;
    }
    const wait = ((this.waiting.length + 1 - this.tokens) * 1_000) / this.currentRate();
    if (now + wait >= before) return false;
    return new Promise((resolve) => {
      this.waiting.push({ before, resolve });
      if (this.waiting.length === 1) this.waitForBeat();
    });
  }

  private waitForBeat(): void {
    this.runtime.after(BEAT, () => {
      this.beat();
    });
  }

  private beat(): void {
    const now = this.runtime.now();
    this.refill(now);
    let count = 0;
    for (const { before, resolve } of this.waiting) {
      if (this.tokens < 1) break;
      count += 1;
      const isTurn = now < before;
      if (isTurn) this.tokens -= 1;
      resolve(isTurn);
    }
    this.waiting = this.waiting.slice(count);
    if (this.waiting.length > 0) this.waitForBeat();
  }

  private refill(now: number): void {
    this.adapt(now);
    const rate = this.currentRate();
    const gained = (Math.max(0, now - this.filledAt) * rate) / 1_000;
    // A beat may come late, and nothing is to be lost with it.
    const most = Math.max(this.burst, (2 * BEAT * rate) / 1_000);
    this.tokens = Math.min(most, this.tokens + gained);
    this.filledAt = now;
  }

  private currentRate(): number {
    return Math.min(this.rate, (this.sharing === 0 ? 1 : this.part) * this.highest);
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
