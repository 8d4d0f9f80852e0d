// Slow connections must not delay a fan-out. A delivery without an answer is not waited for after a short time, and a connection
// that was slow recently gets even less time. At most one delivery per connection is in flight, which also keeps the order.
import { BoundedMap } from '../bounded-map';
import { POST_TIMEOUT } from './post';
import type { DeliveryOutcome, Transport } from '../connections/transport';
import type { Runtime } from '../runtime';

/** Longest wait for the answer to a delivery. Most take about 20 ms; opening a connection to the transport takes 100. Milliseconds. */
export const DELIVERY_WAIT = 500;
/**
 * Longest wait for a connection that was slow recently: long enough to notice that it is fast again. The function is frozen soon
 * after its last delivery, and can't see later answers. Milliseconds.
 */
export const SLOW_DELIVERY_WAIT = 50;
/** Time after which a slow connection is no longer considered slow. Milliseconds. */
export const SLOW_MEMORY = 30_000;
/**
 * Maximum number of unanswered deliveries that are not waited for: each holds a socket. Beyond it the cause is not the
 * connections, and waiting is right: clients that miss a message catch up, and thousands of catch-ups would add load.
 */
export const MAX_UNANSWERED = 128;
/** Maximum number of frames queued behind an unanswered delivery. The client catches up on further ones. */
export const MAX_QUEUED = 8;
/** Maximum number of slow connections in the cache. */
const MAX_SLOW_CONNECTIONS = 10_000;

interface Queued {
  readonly frame: Uint8Array;
  /** The frame is dropped after this, since the function may have been frozen meanwhile. Milliseconds since 1970. */
  readonly until: number;
}

interface Pending {
  /** The caller no longer waits for the answer. */
  isSlow: boolean;
  /** Frames to deliver after the answer. */
  readonly queued: Queued[];
  /** Resolves with the answer, or with `slow` when the wait is over. */
  readonly settled: Promise<DeliveryOutcome>;
}

/** A delivery to start. */
interface Delivery {
  readonly connectionId: string;
  readonly frame: Uint8Array;
  /** Longest wait for the answer. Milliseconds. */
  readonly wait: number;
  readonly queued: Queued[];
}

/** A transport that does not wait for slow connections. One per function instance. */
export class SlowConnectionGuard implements Transport {
  private readonly pending = new Map<string, Pending>();
  /** By connection: the time until which it is considered slow. */
  private readonly slowUntil = new BoundedMap<number>(MAX_SLOW_CONNECTIONS);
  private unanswered = 0;

  public constructor(
    private readonly transport: Transport,
    private readonly runtime: Pick<Runtime, 'now' | 'after'>,
  ) {}

  public async deliver(connectionId: string, frame: Uint8Array): Promise<DeliveryOutcome> {
    for (let before = this.pending.get(connectionId); before !== undefined; before = this.pending.get(connectionId)) {
      if (before.isSlow) {
        const until = this.runtime.now() + POST_TIMEOUT;
        // Beyond the limit the frame is dropped: the client notices the gap and asks for the messages.
        if (before.queued.length < MAX_QUEUED) before.queued.push({ frame, until });
        return 'slow';
      }
      await before.settled;
    }
    const isSlow = this.runtime.now() < (this.slowUntil.get(connectionId) ?? 0);
    const wait = isSlow ? SLOW_DELIVERY_WAIT : DELIVERY_WAIT;
    return this.start({ connectionId, frame, wait, queued: [] });
  }

  private start({ connectionId, frame, wait, queued }: Delivery): Promise<DeliveryOutcome> {
    const { runtime } = this;
    const startedAt = runtime.now();
    let settle: (outcome: DeliveryOutcome) => void = () => undefined;
    const settled = new Promise<DeliveryOutcome>((resolve) => {
      settle = resolve;
    });
    const pending: Pending = { isSlow: false, queued, settled };
    this.pending.set(connectionId, pending);
    let cancel = (): void => undefined;
    const stopWaiting = (): void => {
      if (this.unanswered >= MAX_UNANSWERED) {
        cancel = runtime.after(DELIVERY_WAIT, stopWaiting);
        return;
      }
      pending.isSlow = true;
      this.unanswered += 1;
      this.slowUntil.set(connectionId, runtime.now() + SLOW_MEMORY);
      settle('slow');
    };
    if (wait === 0) stopWaiting();
    else cancel = runtime.after(wait, stopWaiting);
    void this.transport.deliver(connectionId, frame).then((outcome) => {
      cancel();
      this.pending.delete(connectionId);
      if (pending.isSlow) this.unanswered -= 1;
      if (runtime.now() - startedAt < DELIVERY_WAIT) this.slowUntil.delete(connectionId);
      settle(outcome);
      const next = queued.shift();
      // More frames are of no use to a connection that is gone or does not answer.
      if (next === undefined || outcome !== 'delivered' || runtime.now() >= next.until) return;
      void this.start({ connectionId, frame: next.frame, wait: 0, queued });
    });
    return settled;
  }
}
