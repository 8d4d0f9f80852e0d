// The live path to other regions. At best effort: what is lost here stands in the table, and costs only time. docs/decisions/0012
import type { MessagesPush } from '../../../protocol';
import { BoundedMap } from '../bounded-map';
import { POST_TIMEOUT } from '../fanout/post';
import type { Inbox, InterestStore } from './ports';
import type { Logger, Runtime } from '../runtime';

/**
 * A send to a peer that is not answered within this is given up: from cold it takes three round trips, of a third of a second
 * each between regions that are farthest apart. The publisher waits, but beside posts that may take longer. Milliseconds.
 */
export const PEER_TIMEOUT = 2_500;
/** A look at who is interested that is not answered within this is given up. Milliseconds. */
export const LOOK_TIMEOUT = 1_000;
/**
 * A send that fails sooner than this is tried once more: most often, its connection was closed while the function was frozen.
 * Both together take no longer than a post may. Milliseconds.
 */
const AT_ONCE = POST_TIMEOUT - PEER_TIMEOUT;
/** A peer that kept us waiting is left alone for this long: a region that is down must not slow every publish. Milliseconds. */
const LEAVE_ALONE = 5_000;
/** How long the interest in a channel is remembered. Milliseconds. */
export const INTEREST_MEMORY = 2_000;
/** Channels whose interest a warm function remembers. */
const CHANNELS = 10_000;

export interface PeersDeps {
  /** Of each other region. */
  readonly inboxes: ReadonlyMap<string, Inbox>;
  readonly interest: Pick<InterestStore, 'interested'>;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

/** The regions that have to be asked, or all when that is not known. */
type Interested = ReadonlySet<string> | 'all';

/** The other regions, as one warm function knows them. */
export class Peers {
  private readonly aloneUntil = new Map<string, number>();
  private readonly known = new BoundedMap<{ readonly until: number; readonly interested: Promise<Interested> }>(
    CHANNELS,
  );

  public constructor(private readonly deps: PeersDeps) {}

  /** Begins to look up who is interested in a channel: beside the append that comes before a send. Never throws. */
  public lookAhead(channel: string): void {
    const now = this.deps.runtime.now();
    if (this.reachable(now).length > 0) void this.interested(channel, now);
  }

  /**
   * Sends messages to the inboxes of the regions that have subscribers. Never throws.
   *
   * @param deadline after this nothing more is begun. Milliseconds since 1970
   */
  public async send(push: MessagesPush, deadline: number): Promise<void> {
    const { runtime } = this.deps;
    const now = runtime.now();
    const reachable = this.reachable(now);
    if (reachable.length === 0 || now >= deadline) return;
    const interested = await this.interested(push.channel, now);
    if (runtime.now() >= deadline) return;
    const wanted = reachable.filter(([region]) => interested === 'all' || interested.has(region));
    await Promise.all(wanted.map(([region, inbox]) => this.sendTo(region, inbox, push)));
  }

  private reachable(now: number): readonly (readonly [region: string, inbox: Inbox])[] {
    return [...this.deps.inboxes].filter(([region]) => now >= (this.aloneUntil.get(region) ?? 0));
  }

  private async sendTo(region: string, inbox: Inbox, push: MessagesPush): Promise<void> {
    const { runtime, logger } = this.deps;
    for (let isAgain = false; ; isAgain = true) {
      const begun = runtime.now();
      try {
        await inbox.send(push);
        return;
      } catch (error) {
        const end = runtime.now();
        const failedAtOnce = end - begun < AT_ONCE;
        if (failedAtOnce && !isAgain) continue;
        if (!failedAtOnce) this.aloneUntil.set(region, end + LEAVE_ALONE);
        // The number is what alarms are counted from.
        logger.warn('a peer could not be reached', { peerFailed: 1, region, channel: push.channel, error });
        return;
      }
    }
  }

  private interested(channel: string, now: number): Promise<Interested> {
    const known = this.known.get(channel);
    if (known !== undefined && now < known.until) return known.interested;
    const interested = this.look(channel, now);
    this.known.set(channel, { until: now + INTEREST_MEMORY, interested });
    return interested;
  }

  private async look(channel: string, now: number): Promise<Interested> {
    const { interest, logger } = this.deps;
    try {
      const until = await interest.interested(channel);
      return new Set([...until].filter(([, end]) => end > now).map(([region]) => region));
    } catch (error) {
      logger.warn('interest could not be read: every peer is told', { channel, error });
      return 'all';
    }
  }
}
