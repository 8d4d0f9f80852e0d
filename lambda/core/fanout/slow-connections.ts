// Nobody waits for somebody else's phone: a post without an answer is not waited for any more, and connections that were slow are
// hardly waited for until they are quick again. At most one post to a connection is under way, which also keeps their order.
import { BoundedMap } from '../bounded-map';
import { POST_TIMEOUT } from './post';
import type { Poster, PostOutcome } from '../connections/transport';
import type { Runtime } from '../runtime';

/** A post that has no answer after this is not waited for. Most take some 20, and a new connection is opened in 100. Milliseconds. */
export const PATIENCE = 500;
/**
 * The same for one that was slow lately: long enough for whoever is quick again to show it. A function is frozen soon after its last
 * post has ended, and then nobody would see the answer. Milliseconds.
 */
export const LITTLE_PATIENCE = 50;
/** How long it is remembered that a connection was slow. Milliseconds. */
export const SLOW_FOR = 30_000;
/**
 * Posts that are not waited for, at most: they have sockets, too. When there would be more, it is not phones that are slow, and
 * waiting is right: whoever is skipped asks, and a thousand who ask at once make it worse.
 */
export const MAX_WAITING = 128;
/** Frames that wait behind a slow post; its connection gets more only when it asks. */
export const MAX_QUEUED = 8;
/** Slow connections that are remembered. */
const REMEMBERED = 10_000;

interface Queued {
  readonly frame: Uint8Array;
  /** Of no use after this: the function may have been frozen meanwhile. Milliseconds since 1970. */
  readonly until: number;
}

interface Pending {
  /** It is not waited for. */
  isSlow: boolean;
  /** What follows, when it is not waited for. */
  readonly queued: Queued[];
  /** Once it is answered, or no longer waited for. */
  readonly settled: Promise<PostOutcome>;
}

/** A poster that does not wait long. Made once an instance, for all its posts. */
export class PatientPoster implements Poster {
  private readonly pending = new Map<string, Pending>();
  /** Until when connections count as slow. */
  private readonly slow = new BoundedMap<number>(REMEMBERED);
  private waiting = 0;

  public constructor(
    private readonly poster: Poster,
    private readonly runtime: Pick<Runtime, 'now' | 'after'>,
  ) {}

  public async post(connectionId: string, frame: Uint8Array): Promise<PostOutcome> {
    for (let before = this.pending.get(connectionId); before !== undefined; before = this.pending.get(connectionId)) {
      if (before.isSlow) {
        // Beyond the limit it gets what follows when it asks: it will see that something is missing.
        const until = this.runtime.now() + POST_TIMEOUT;
        if (before.queued.length < MAX_QUEUED) before.queued.push({ frame, until });
        return 'slow';
      }
      await before.settled;
    }
    const isSlow = this.runtime.now() < (this.slow.get(connectionId) ?? 0);
    return this.begin(connectionId, frame, isSlow ? LITTLE_PATIENCE : PATIENCE, []);
  }

  private begin(connectionId: string, frame: Uint8Array, patience: number, queued: Queued[]): Promise<PostOutcome> {
    const { runtime } = this;
    const begun = runtime.now();
    let settle: (outcome: PostOutcome) => void = () => undefined;
    const settled = new Promise<PostOutcome>((resolve) => {
      settle = resolve;
    });
    const pending: Pending = { isSlow: false, queued, settled };
    this.pending.set(connectionId, pending);
    let cancel = (): void => undefined;
    const stopWaiting = (): void => {
      if (this.waiting >= MAX_WAITING) {
        cancel = runtime.after(PATIENCE, stopWaiting);
        return;
      }
      pending.isSlow = true;
      this.waiting += 1;
      this.slow.set(connectionId, runtime.now() + SLOW_FOR);
      settle('slow');
    };
    if (patience === 0) stopWaiting();
    else cancel = runtime.after(patience, stopWaiting);
    void this.poster.post(connectionId, frame).then((outcome) => {
      cancel();
      this.pending.delete(connectionId);
      if (pending.isSlow) this.waiting -= 1;
      if (runtime.now() - begun < PATIENCE) this.slow.delete(connectionId);
      settle(outcome);
      const next = queued.shift();
      // Without an answer, or gone: there is no use in more of the same.
      if (next === undefined || outcome !== 'delivered' || runtime.now() >= next.until) return;
      void this.begin(connectionId, next.frame, 0, queued);
    });
    return settled;
  }
}
