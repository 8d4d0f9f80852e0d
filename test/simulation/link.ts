// A client's TCP connection: delivers in order until it breaks. A half-open one loses every frame, and neither end notices.
import type { WorldServices } from './world-services';

export interface LinkEnds {
  toServer(text: string): void;
  toClient(text: string): void;
  serverClosed(): void;
  clientClosed(): void;
}

/** Longest time until a server detects a half-open connection. Milliseconds. */
const SERVER_TIMEOUT = 300_000;

export class Link {
  private state: 'open' | 'half-open' | 'closed' = 'open';
  private lastArrivalAtServer = 0;
  private lastArrivalAtClient = 0;

  public constructor(
    private readonly world: WorldServices,
    private readonly ends: LinkEnds,
  ) {}

  public get isOpen(): boolean {
    return this.state === 'open';
  }

  public sendToServer(text: string): void {
    this.lastArrivalAtServer = this.transmit(this.lastArrivalAtServer, () => {
      this.ends.toServer(text);
    });
  }

  public sendToClient(text: string): void {
    this.lastArrivalAtClient = this.transmit(this.lastArrivalAtClient, () => {
      this.ends.toClient(text);
    });
  }

  /** The client closes: the server receives the close after earlier frames. */
  public closeByClient(): void {
    if (this.state === 'closed') return;
    const wasOpen = this.state === 'open';
    this.lastArrivalAtServer = this.arrival(this.lastArrivalAtServer);
    this.state = 'closed';
    const delay = wasOpen
      ? this.lastArrivalAtServer - this.world.kernel.now()
      : this.world.random.between(0, SERVER_TIMEOUT);
    this.world.kernel.after(delay, () => {
      this.ends.serverClosed();
    });
  }

  /** The server closes. */
  public closeByServer(): void {
    if (this.state === 'closed') return;
    const wasOpen = this.state === 'open';
    this.state = 'closed';
    this.ends.serverClosed();
    // The close does not reach the client of a half-open connection.
    if (!wasOpen) return;
    this.lastArrivalAtClient = this.arrival(this.lastArrivalAtClient);
    this.world.kernel.after(this.lastArrivalAtClient - this.world.kernel.now(), () => {
      this.ends.clientClosed();
    });
  }

  /** Breaks the connection and loses frames in transit. Each end learns of it after its own delay. */
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

  /** Loses every frame from now on, without a close at either end. */
  public becomeHalfOpen(): void {
    if (this.state !== 'open') return;
    this.state = 'half-open';
    this.world.kernel.after(this.world.random.between(10_000, SERVER_TIMEOUT), () => {
      if (this.state === 'half-open') this.ends.serverClosed();
    });
  }

  private transmit(last: number, deliver: () => void): number {
    if (this.state !== 'open') return last;
    const at = this.arrival(last);
    this.world.kernel.after(at - this.world.kernel.now(), () => {
      if (this.state === 'open') deliver();
    });
    return at;
  }

  /** The arrival time of a frame sent now: not before that of an earlier frame. */
  private arrival(last: number): number {
    const { kernel, random, faults } = this.world;
    const slow = faults.occurs('network-slow', 'frame');
    return Math.max(last, kernel.now() + (slow ? random.between(500, 5_000) : random.between(5, 60)));
  }
}
