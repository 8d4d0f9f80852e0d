// A client's TCP connection: in order, until it breaks. A half-open one loses everything and tells nobody.
import type { World } from './world';

export interface LinkEnds {
  toServer(text: string): void;
  toClient(text: string): void;
  serverClosed(): void;
  clientClosed(): void;
}

/** How long a server takes to find out that a half-open connection is dead, at most. Milliseconds. */
const SERVER_TIMEOUT = 300_000;

export class Link {
  private state: 'open' | 'half-open' | 'closed' = 'open';
  private lastUp = 0;
  private lastDown = 0;

  public constructor(
    private readonly world: World,
    private readonly ends: LinkEnds,
  ) {}

  public get isOpen(): boolean {
    return this.state === 'open';
  }

  public sendToServer(text: string): void {
    this.lastUp = this.carry(this.lastUp, () => {
      this.ends.toServer(text);
    });
  }

  public sendToClient(text: string): void {
    this.lastDown = this.carry(this.lastDown, () => {
      this.ends.toClient(text);
    });
  }

  /** The client closes: the server learns of it after what was sent before. */
  public closeByClient(): void {
    if (this.state === 'closed') return;
    const wasOpen = this.state === 'open';
    this.lastUp = this.arrival(this.lastUp);
    this.state = 'closed';
    const late = wasOpen ? this.lastUp - this.world.kernel.now() : this.world.random.between(0, SERVER_TIMEOUT);
    this.world.kernel.after(late, () => {
      this.ends.serverClosed();
    });
  }

  /** The server closes. */
  public closeByServer(): void {
    if (this.state === 'closed') return;
    const wasOpen = this.state === 'open';
    this.state = 'closed';
    this.ends.serverClosed();
    // A client at the end of a half-open connection hears nothing of it.
    if (!wasOpen) return;
    this.lastDown = this.arrival(this.lastDown);
    this.world.kernel.after(this.lastDown - this.world.kernel.now(), () => {
      this.ends.clientClosed();
    });
  }

  /** The connection breaks; what was on its way is lost. Both ends learn of it, each in its time. */
  public reset(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    const { kernel, random } = this.world;
    kernel.after(random.exponential(200), () => {
      this.ends.clientClosed();
    });
    kernel.after(random.exponential(2_000), () => {
      this.ends.serverClosed();
    });
  }

  /** From now on nothing arrives any more, and neither end is told. */
  public loseSilently(): void {
    if (this.state !== 'open') return;
    this.state = 'half-open';
    this.world.kernel.after(this.world.random.between(10_000, SERVER_TIMEOUT), () => {
      if (this.state === 'half-open') this.ends.serverClosed();
    });
  }

  private carry(last: number, deliver: () => void): number {
    if (this.state !== 'open') return last;
    const at = this.arrival(last);
    this.world.kernel.after(at - this.world.kernel.now(), () => {
      if (this.state === 'open') deliver();
    });
    return at;
  }

  /** When something that is sent now arrives: never before what was sent earlier. */
  private arrival(last: number): number {
    const { kernel, random, faults } = this.world;
    const slow = faults.strikes('network-slow', 'frame');
    return Math.max(last, kernel.now() + (slow ? random.between(500, 5_000) : random.between(5, 60)));
  }
}
