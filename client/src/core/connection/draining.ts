import type { Emit } from '../effects';
import type { ConnectionListener } from './connection-listener';
import type { SocketAttempt } from './socket-attempt';

/** How long a replaced socket stays open for the answers to its publishes. Milliseconds. */
export const DRAIN_TIMEOUT = 5_000;

/**
 * The socket that was in use before, while publishes are in flight on it. Its successor may be connected to another region. Sent again
 * there, a publish could be stored twice, because each region looks for duplicates in its own log only.
 */
export class DrainingSocket {
  public attempt: SocketAttempt | undefined;

  /** @param active returns the socket in use */
  public constructor(
    private readonly emit: Emit,
    private readonly listener: Pick<ConnectionListener, 'hasPublishes' | 'drained'>,
    private readonly active: () => number | undefined,
  ) {}

  public get socket(): number | undefined {
    return this.attempt?.socket;
  }

  public begin(attempt: SocketAttempt): void {
    this.attempt = attempt;
    this.emit({ type: 'timer', name: 'drain', delay: DRAIN_TIMEOUT });
  }

  public closeWhenDone(): void {
    if (this.attempt !== undefined && !this.listener.hasPublishes(this.attempt.socket)) this.close();
  }

  public close(): void {
    if (this.attempt === undefined) return;
    this.emit({ type: 'close', socket: this.attempt.socket });
    this.closed();
  }

  /** The socket is closed, by either side. */
  public closed(): void {
    this.attempt = undefined;
    this.emit({ type: 'cancel', name: 'drain' });
    const active = this.active();
    if (active !== undefined) this.listener.drained(active);
  }
}
