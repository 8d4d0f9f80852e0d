// Nobody waits for somebody else's phone: a post without an answer is no longer waited for, and connections that were slow are
// not waited for at all until they are quick again. At most one post to a connection is under way, which also keeps their order.
import { BoundedMap } from './bounded-map';
import type { Poster, PostOutcome, Runtime } from './ports';

/** A post that has no answer after this is not waited for. Most take some 20, and a new connection is opened in 100. Milliseconds. */
export const PATIENCE = 500;
/** Posts that are not waited for any more, at most: they have sockets, too. More of them are left to their cursors. */
export const MAX_WAITING = 64;
/** Slow connections that are remembered. */
const REMEMBERED = 10_000;

interface Pending {
  /** It is not waited for. */
  isSlow: boolean;
  /** Once it is answered, or no longer waited for. */
  readonly settled: Promise<PostOutcome>;
}

/** A poster that does not wait long. Made once an instance, for all its posts. */
export class PatientPoster implements Poster {
  private readonly pending = new Map<string, Pending>();
  private readonly slow = new BoundedMap<true>(REMEMBERED);
  private waiting = 0;

  public constructor(
    private readonly poster: Poster,
    private readonly runtime: Pick<Runtime, 'now' | 'after'>,
  ) {}

  public async post(connectionId: string, frame: Uint8Array): Promise<PostOutcome> {
    for (let before = this.pending.get(connectionId); before !== undefined; before = this.pending.get(connectionId)) {
      // It gets what follows when it asks: it will see that something is missing.
      if (before.isSlow) return 'slow';
      await before.settled;
    }
    const isSlow = this.slow.get(connectionId) === true;
    if (isSlow && this.waiting >= MAX_WAITING) return 'slow';
    return this.begin(connectionId, frame, isSlow);
  }

  private begin(connectionId: string, frame: Uint8Array, isSlow: boolean): Promise<PostOutcome> {
    const { runtime } = this;
    const begun = runtime.now();
    let settle: (outcome: PostOutcome) => void = () => undefined;
    const settled = new Promise<PostOutcome>((resolve) => {
      settle = resolve;
    });
    const pending: Pending = { isSlow: false, settled };
    this.pending.set(connectionId, pending);
    const stopWaiting = (): void => {
      pending.isSlow = true;
      this.waiting += 1;
      this.slow.set(connectionId, true);
      settle('slow');
    };
    const cancel = isSlow ? undefined : runtime.after(PATIENCE, stopWaiting);
    if (isSlow) stopWaiting();
    void this.poster.post(connectionId, frame).then((outcome) => {
      cancel?.();
      this.pending.delete(connectionId);
      if (pending.isSlow) this.waiting -= 1;
      if (runtime.now() - begun < PATIENCE) this.slow.delete(connectionId);
      settle(outcome);
    });
    return settled;
  }
}
