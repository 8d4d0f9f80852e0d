import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../../support/clock';
import type { ConnectionFacts } from './events';
import type { GatewayLimits } from './limits';

/** A connection ended so: the code and reason that `$disconnect` is told. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** An open WebSocket connection, with the two clocks that API Gateway ends it by. */
export class Connection {
  /** When a message last came or went. Milliseconds since 1970. */
  public lastActiveAt: number;
  private readonly maxDurationTimer: Timer;
  private idleTimer: Timer;
  private closing: Closing | undefined;
  private halfOpen = false;
  /** Up to when its time was counted. Milliseconds since 1970. */
  private countedUntil: number;

  public constructor(
    public readonly facts: ConnectionFacts,
    public readonly authorizer: Readonly<Record<string, unknown>> | undefined,
    private readonly socket: WebSocket,
    private readonly clock: Clock,
    private readonly limits: GatewayLimits,
  ) {
    this.lastActiveAt = clock.now();
    this.countedUntil = clock.now();
    this.maxDurationTimer = clock.after(limits.maxDuration, () => {
      this.close(1001, 'Going away');
    });
    this.idleTimer = this.startIdleTimer();
  }

  public get id(): string {
    return this.facts.connectionId;
  }

  /** This side has decided to end it, or the socket has ended: nothing goes in or out any more. */
  public get isClosing(): boolean {
    return this.closing !== undefined || this.socket.readyState !== this.socket.OPEN;
  }

  /** How long it was open since this was last asked. Milliseconds. */
  public takeDuration(): number {
    const since = this.countedUntil;
    this.countedUntil = this.clock.now();
    return this.countedUntil - since;
  }

  /** Notes that a message came or went. */
  public touch(): void {
    if (this.isClosing) return;
    this.lastActiveAt = this.clock.now();
    this.clock.clear(this.idleTimer);
    this.idleTimer = this.startIdleTimer();
  }

  /** Sends a text frame; false when too much waits for this client already. To a connection that closes, nothing goes. */
  public send(text: string | Buffer): boolean {
    if (this.isClosing || this.halfOpen) return true;
    if (this.socket.bufferedAmount > this.limits.clientBuffer) return false;
    this.socket.send(text, { binary: false });
    this.touch();
    return true;
  }

  /** A fault: neither side hears the other any more, and neither knows. */
  public get isHalfOpen(): boolean {
    return this.halfOpen;
  }

  public becomeHalfOpen(): void {
    this.halfOpen = true;
  }

  /** Breaks it off without a word. */
  public terminate(): void {
    this.socket.terminate();
  }

  public close(code: number, reason: string): void {
    this.closing ??= { code, reason };
    this.socket.close(code, reason);
  }

  /** What the connection ended with: what this side decided, or what the socket tells. */
  public closed(code: number, reason: string): Closing {
    this.clock.clear(this.maxDurationTimer);
    this.clock.clear(this.idleTimer);
    return this.closing ?? { code, reason };
  }

  private startIdleTimer(): Timer {
    return this.clock.after(this.limits.idle, () => {
      this.close(1001, 'Going away');
    });
  }
}
