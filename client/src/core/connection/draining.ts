import type { Emit } from '../effects';
import type { Line } from './socket-attempt';
import type { ConnectionOwner } from './connection-listener';

/** How long the answers to publishes that are under way on a socket are waited for, once another is in use. Milliseconds. */
export const LEAVE_WITHIN = 5_000;

/**
 * The socket that was in use before, as long as publishes are under way on it. Sent again by its successor, which may be connected
 * to another region, they could be stored twice: each region looks for them in its own log only.
 */
export class Leaving {
  public line: Line | undefined;

  /** @param active the socket in use */
  public constructor(
    private readonly emit: Emit,
    private readonly owner: Pick<ConnectionOwner, 'isOwed' | 'left'>,
    private readonly active: () => number | undefined,
  ) {}

  public get socket(): number | undefined {
    return this.line?.socket;
  }

  public begin(line: Line): void {
    this.line = line;
    this.emit({ type: 'timer', name: 'leave', delay: LEAVE_WITHIN });
  }

  public closeWhenDone(): void {
    if (this.line !== undefined && !this.owner.isOwed(this.line.socket)) this.close();
  }

  public close(): void {
    if (this.line === undefined) return;
    this.emit({ type: 'close', socket: this.line.socket });
    this.closed();
  }

  /** It is closed; what it still owed is asked for where another is in use. */
  public closed(): void {
    this.line = undefined;
    this.emit({ type: 'cancel', name: 'leave' });
    const active = this.active();
    if (active !== undefined) this.owner.left(active);
  }
}
