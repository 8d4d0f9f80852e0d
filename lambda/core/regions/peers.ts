// Sends published messages to the other regions. Best effort: a message that is lost here is still in the replicated table, and
// its subscribers only get it later. docs/decisions/0012
import type { MessagesPush } from '../../../protocol';
import { BoundedMap } from '../bounded-map';
import { POST_TIMEOUT } from '../fanout/post';
import type { Inbox, InterestStore } from './ports';
import type { Logger, Runtime } from '../runtime';

/**
 * Timeout of a send to a peer. On a new connection it takes three round trips, of a third of a second each between the regions
 * that are farthest apart. The publisher waits for it, but also for posts, which may take longer. Milliseconds.
 */
export const PEER_TIMEOUT = 2_500;
/** Timeout of a read of the interested regions. Milliseconds. */
export const INTEREST_TIMEOUT = 1_000;
/**
 * A send that fails sooner than this is retried once: usually, its connection was closed while the function was frozen. Both
 * attempts take no longer than a post may. Milliseconds.
 */
const FAST_FAILURE = POST_TIMEOUT - PEER_TIMEOUT;
/** Time that a peer is skipped after a slow failure, so that a region that is down does not delay every publish. Milliseconds. */
const SKIP_TIME = 5_000;
/** Time that the interest in a channel is cached. Milliseconds. */
export const INTEREST_CACHE = 2_000;
/** Maximum number of channels in the cache. */
const MAX_CACHED_CHANNELS = 10_000;

export interface PeersDeps {
  /** By region. */
  readonly inboxes: ReadonlyMap<string, Inbox>;
  readonly interest: Pick<InterestStore, 'interested'>;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

/** Regions with interest in a channel; `all` when it could not be read. */
type Interested = ReadonlySet<string> | 'all';

/** The other regions. One per function instance. */
export class Peers {
  /** By region: the time until which it is skipped. */
  private readonly skippedUntil = new Map<string, number>();
  private readonly cache = new BoundedMap<{ readonly until: number; readonly interested: Promise<Interested> }>(
    MAX_CACHED_CHANNELS,
  );

  public constructor(private readonly deps: PeersDeps) {}

  /** Starts to read the interest in a channel, in parallel with the append that precedes a send. Never throws. */
  public prefetchInterest(channel: string): void {
    const now = this.deps.runtime.now();
    if (this.available(now).length > 0) void this.interested(channel, now);
  }

  /**
   * Sends messages to the inboxes of the interested regions. Never throws.
   *
   * @param deadline no send starts after this. Milliseconds since 1970
   */
  public async send(push: MessagesPush, deadline: number): Promise<void> {
    const { runtime } = this.deps;
    const now = runtime.now();
    const available = this.available(now);
    if (available.length === 0 || now >= deadline) return;
    const interested = await this.interested(push.channel, now);
    if (runtime.now() >= deadline) return;
    const targets = available.filter(([region]) => interested === 'all' || interested.has(region));
    await Promise.all(targets.map(([region, inbox]) => this.sendTo(region, inbox, push)));
  }

  private available(now: number): readonly (readonly [region: string, inbox: Inbox])[] {
    return [...this.deps.inboxes].filter(([region]) => now >= (this.skippedUntil.get(region) ?? 0));
  }

  private async sendTo(region: string, inbox: Inbox, push: MessagesPush): Promise<void> {
    const { runtime, logger } = this.deps;
    for (let isRetry = false; ; isRetry = true) {
      const startedAt = runtime.now();
      try {
        await inbox.send(push);
        return;
      } catch (error) {
        const end = runtime.now();
        const isFast = end - startedAt < FAST_FAILURE;
        if (isFast && !isRetry) continue;
        if (!isFast) this.skippedUntil.set(region, end + SKIP_TIME);
        // The metric filter sums `peerFailed` (lib/monitoring/log-fields.ts).
        logger.warn('a peer could not be reached', { peerFailed: 1, region, channel: push.channel, error });
        return;
      }
    }
  }

  private interested(channel: string, now: number): Promise<Interested> {
    const cached = this.cache.get(channel);
    if (cached !== undefined && now < cached.until) return cached.interested;
    const interested = this.readInterest(channel, now);
    this.cache.set(channel, { until: now + INTEREST_CACHE, interested });
    return interested;
  }

  private async readInterest(channel: string, now: number): Promise<Interested> {
    const { interest, logger } = this.deps;
    try {
      const ends = await interest.interested(channel);
      return new Set([...ends].filter(([, end]) => end > now).map(([region]) => region));
    } catch (error) {
      logger.warn('interest could not be read: the message is sent to every peer', { channel, error });
      return 'all';
    }
  }
}
