import type { CoreWorld, Emit } from '../effects';

/** How often a client that is looked at asks what it may have missed. Milliseconds. */
export const SYNC_INTERVAL = 45_000;
/** Clients that connected together should not ask together: each wait is up to this much shorter. */
const JITTER = 0.2;

/** When to ask what came since the cursors: the last message of a channel, if its push was lost, shows in no other way. */
export class SyncSchedule {
  private visible = true;
  private running = false;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
  ) {}

  /** Counts anew from now. */
  public restart(): void {
    this.running = true;
    if (!this.visible) return;
    const delay = SYNC_INTERVAL * (1 - JITTER * this.world.random());
    this.emit({ type: 'timer', name: 'sync', delay });
  }

  public stop(): void {
    this.running = false;
    this.emit({ type: 'cancel', name: 'sync' });
  }

  /**
   * Asks for one channel after so long, once, whether or not anybody looks: until then its subscription is not known
   * everywhere.
   */
  public soon(channel: string, delay: number): void {
    this.emit({ type: 'timer', name: `sync ${channel}`, delay });
  }

  public notSoon(channel: string): void {
    this.emit({ type: 'cancel', name: `sync ${channel}` });
  }

  /** @returns whether to ask at once, because somebody looks again */
  public setVisible(visible: boolean): boolean {
    if (this.visible === visible) return false;
    this.visible = visible;
    if (!visible) this.emit({ type: 'cancel', name: 'sync' });
    return visible && this.running;
  }
}
