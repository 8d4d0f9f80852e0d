import type { SubscribeOk } from '../../../../protocol';
import type { CoreWorld, Emit } from '../effects';

/** How often a visible client asks for messages that it may have missed. Milliseconds. */
export const SYNC_INTERVAL = 45_000;
/** Each interval is shorter by up to this factor, at random, so that clients that connected together don't ask together. */
const JITTER = 0.2;
/** When a new subscription is synced, in parts of the server's `syncIn`. docs/decisions/0021 */
const STEPS = [0.5, 1, 1.5, 2, 4];
/** Subscriptions that are due within this time share a request. Milliseconds. */
const COALESCING = 250;

/** A subscription that may miss messages which were replicated to its region too late. */
interface NewSubscription {
  readonly channel: string;
  readonly socket: number;
  /** When it was answered. */
  readonly since: number;
  readonly syncIn: number;
  /** Syncs that were sent. */
  step: number;
  /** It is to be renewed at the last step. */
  readonly renew: boolean;
}

/** A sync of a new subscription. */
export interface DueSync {
  readonly channel: string;
  readonly socket: number;
  /** To be subscribed again instead. */
  readonly isRenewal: boolean;
}

/**
 * Schedules syncs. If the push of a channel's last message is lost, only a sync finds it. A sync without an answer also is what
 * reveals a half-open socket: the client pings then (connection/heartbeat.ts).
 *
 * A new subscription is synced a few times, visible or not: no push brings it what was replicated after its answer. One timer and one
 * request serve all that are due.
 */
export class SyncSchedule {
  #isVisible = true;
  #isRunning = false;
  readonly #new = new Map<string, NewSubscription>();
  /** When the timer of new subscriptions fires. */
  #firesAt = Number.POSITIVE_INFINITY;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
  ) {}

  /** Waits a whole interval until the next sync. */
  public restart(): void {
    this.#isRunning = true;
    if (!this.#isVisible) return;
    const delay = SYNC_INTERVAL * (1 - JITTER * this.world.random());
    this.emit({ type: 'timer', name: 'sync', delay });
  }

  public stop(): void {
    this.#isRunning = false;
    this.#new.clear();
    this.#firesAt = Number.POSITIVE_INFINITY;
    for (const name of ['sync', 'new']) this.emit({ type: 'cancel', name });
  }

  /** A subscribe was answered on a socket. */
  public subscribed(channel: string, socket: number, { syncIn, renew = false }: SubscribeOk): void {
    if (syncIn === undefined) return;
    const since = this.world.now();
    this.#new.set(keyOf(channel, socket), { channel, socket, since, syncIn, step: 0, renew });
    this.#setTimer();
  }

  /** Whether a sync of a subscription may bring messages that no push brings. */
  public isNew(channel: string, socket: number): boolean {
    return this.#new.has(keyOf(channel, socket));
  }

  /** The timer of new subscriptions fired. */
  public takeDue(): readonly DueSync[] {
    const due = [...this.#new].filter(([, one]) => dueAt(one) <= this.world.now());
    const syncs = due.map(([key, one]) => {
      one.step += 1;
      const isLast = one.step === STEPS.length;
      if (isLast) this.#new.delete(key);
      return { channel: one.channel, socket: one.socket, isRenewal: isLast && one.renew };
    });
    this.#firesAt = Number.POSITIVE_INFINITY;
    this.#setTimer();
    return syncs;
  }

  /** @returns whether to sync at once, because the client has become visible */
  public setVisible(isVisible: boolean): boolean {
    if (this.#isVisible === isVisible) return false;
    this.#isVisible = isVisible;
    if (!isVisible) this.emit({ type: 'cancel', name: 'sync' });
    return isVisible && this.#isRunning;
  }

  #setTimer(): void {
    const at = Math.min(...[...this.#new.values()].map(dueAt)) + COALESCING;
    if (at >= this.#firesAt) return;
    this.#firesAt = at;
    this.emit({ type: 'timer', name: 'new', delay: at - this.world.now() });
  }
}

function keyOf(channel: string, socket: number): string {
  return `${socket} ${channel}`;
}

function dueAt({ since, syncIn, step }: NewSubscription): number {
  return since + syncIn * (STEPS[step] ?? Number.POSITIVE_INFINITY);
}
