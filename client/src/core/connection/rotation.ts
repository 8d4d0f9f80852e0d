import type { CoreWorld, Emit } from '../effects';
import { remainingLifeOf } from './token';

/** API Gateway ends a connection after 2 hours; a new one is made between these ages. Milliseconds. */
const ROTATE_FROM = 110 * 60_000;
const ROTATE_TO = 118 * 60_000;
/** With a token that expires sooner, the new connection is made this long before. Milliseconds. */
const ROTATE_BEFORE_EXPIRY = 60_000;

/** How long a connection with that token is used. Milliseconds. */
export function lifeOf(token: string, world: CoreWorld): number {
  const life = ROTATE_FROM + world.random() * (ROTATE_TO - ROTATE_FROM);
  const untilExpiry = remainingLifeOf(token, world.wallClock()) ?? Number.POSITIVE_INFINITY;
  // A token that lives shorter than the margin is used for half of its life.
  const margin = Math.min(ROTATE_BEFORE_EXPIRY, untilExpiry / 2);
  return Math.min(life, Math.max(1_000, untilExpiry - margin));
}

/** When the successor of the socket in use is begun. */
export class Rotation {
  private at = Number.POSITIVE_INFINITY;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
  ) {}

  /** After so long, whatever was to be before. */
  public after(delay: number): void {
    this.at = this.world.now() + delay;
    this.emit({ type: 'timer', name: 'rotate', delay });
  }

  /** At that time, unless it is to be sooner. */
  public by(at: number): void {
    if (at < this.at) this.after(Math.max(0, at - this.world.now()));
  }

  /** Its time has come. */
  public fired(): void {
    this.at = Number.POSITIVE_INFINITY;
  }

  public stop(): void {
    this.fired();
    this.emit({ type: 'cancel', name: 'rotate' });
  }
}
