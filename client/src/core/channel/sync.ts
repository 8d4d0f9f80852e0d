import type { CoreWorld, Emit } from '../effects';

/** How often a visible client asks for messages that it may have missed. Milliseconds. */
export const SYNC_INTERVAL = 45_000;
/** Each interval is shorter by up to this factor, at random, so that clients that connected together don't ask together. */
const JITTER = 0.2;

/**
 * Schedules syncs. If the push of a channel's last message is lost, only a sync finds it. A sync without an answer also is what
 * reveals a half-open socket: the client pings then (connection/heartbeat.ts).
 */
export class SyncSchedule {
  #isVisible = true;
  #isRunning = false;

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
    this.emit({ type: 'cancel', name: 'sync' });
  }

  /** Schedules one sync of a channel, visible or not: until then, other regions may not know its subscription. */
  public schedule(channel: string, delay: number): void {
    this.emit({ type: 'timer', name: `sync ${channel}`, delay });
  }

  public cancel(channel: string): void {
    this.emit({ type: 'cancel', name: `sync ${channel}` });
  }

  /** @returns whether to sync at once, because the client has become visible */
  public setVisible(isVisible: boolean): boolean {
    if (this.#isVisible === isVisible) return false;
    this.#isVisible = isVisible;
    if (!isVisible) this.emit({ type: 'cancel', name: 'sync' });
    return isVisible && this.#isRunning;
  }
}
