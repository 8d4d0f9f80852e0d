// The client's core, asked by a server to move to another address.
import { ClientHarness, ELSEWHERE } from './client-harness';

export class MoveHarness extends ClientHarness {
  /** The server asks the client to move within a time in milliseconds, to addresses (none when null). */
  public move(within: number, urls: readonly unknown[] | null = [ELSEWHERE[0]], socket = this.socket): void {
    this.core.received(socket, JSON.stringify({ push: 'move', within, urls: urls ?? undefined, reason: 'drain' }));
  }

  /** Milliseconds until the successor is begun. */
  public get moveDelay(): number {
    return this.timers.get('rotate')! - this.now;
  }

  /** Live at 1, asked to move, and the successor open. */
  public moved(): { old: number; successor: number } {
    const old = this.live(1);
    this.move(10_000);
    this.fire('rotate');
    return { old, successor: this.openNext() };
  }
}
