import type { CoreWorld, Emit } from '../effects';
import { remainingLifeOf } from './token';

/** API Gateway ends a connection after 2 hours; its successor is begun between these ages. Milliseconds. */
const ROTATE_FROM = 110 * 60_000;
const ROTATE_TO = 118 * 60_000;
/** The successor is begun this long before the token expires. Milliseconds. */
const ROTATE_BEFORE_EXPIRY = 60_000;

/** How long a connection with this token is used, and how long it is served at most. Milliseconds. */
export function lifetimeOf(
  token: string,
  world: CoreWorld,
): { readonly lifetime: number; readonly untilExpiry: number } {
  const lifetime = ROTATE_FROM + world.random() * (ROTATE_TO - ROTATE_FROM);
  const untilExpiry = remainingLifeOf(token, world.wallClock()) ?? Number.POSITIVE_INFINITY;
  // A token that lives shorter than twice the margin is used for half of its life.
  const margin = Math.min(ROTATE_BEFORE_EXPIRY, untilExpiry / 2);
  return { lifetime: Math.min(lifetime, Math.max(1_000, untilExpiry - margin)), untilExpiry };
}

/** When the successor of the socket in use is begun. */
export class Rotation {
  #at = Number.POSITIVE_INFINITY;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
  ) {}

  /** Schedules the successor, instead of the time that was scheduled before. */
  public after(delay: number): void {
    this.#at = this.world.now() + delay;
    this.emit({ type: 'timer', name: 'rotate', delay });
  }

  /** Schedules the successor for a time, unless it is due earlier. */
  public by(at: number): void {
    if (at < this.#at) this.after(Math.max(0, at - this.world.now()));
  }

  /** The timer fired. */
  public fired(): void {
    this.#at = Number.POSITIVE_INFINITY;
  }

  public stop(): void {
    this.fired();
    this.emit({ type: 'cancel', name: 'rotate' });
  }
}
