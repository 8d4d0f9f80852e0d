import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../../support/clock';
import type { ConnectionFacts } from './events';
import type { GatewayLimits } from './limits';

/** Close code and reason of a connection, as passed to `$disconnect`. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface ConnectionOptions {
  readonly facts: ConnectionFacts;
  /** Value of `requestContext.authorizer`. */
  readonly authorizer: Readonly<Record<string, unknown>> | undefined;
  readonly socket: WebSocket;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
}

/** An open WebSocket connection, with the idle timeout and the maximum duration of API Gateway. */
export class Connection {
  /** Time of the last message in either direction. Milliseconds since 1970. */
  public lastActiveAt: number;
  private readonly maxDurationTimer: Timer;
  private idleTimer: Timer;
  private closing: Closing | undefined;
  private halfOpen = false;
  /** Time up to which the connection minutes are metered. Milliseconds since 1970. */
  private countedUntil: number;

  public readonly facts: ConnectionFacts;
  /** Value of `requestContext.authorizer`. */
  public readonly authorizer: Readonly<Record<string, unknown>> | undefined;
  private readonly socket: WebSocket;
  private readonly clock: Clock;
  private readonly limits: GatewayLimits;

  public constructor({ facts, authorizer, socket, clock, limits }: ConnectionOptions) {
    this.facts = facts;
    this.authorizer = authorizer;
    this.socket = socket;
    this.clock = clock;
    this.limits = limits;
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

  /** Whether API Gateway is closing the connection or the socket has closed: no message passes any more. */
  public get isClosing(): boolean {
    return this.closing !== undefined || this.socket.readyState !== this.socket.OPEN;
  }

  /** Open time since the previous call. Milliseconds. */
  public takeDuration(): number {
    const since = this.countedUntil;
    this.countedUntil = this.clock.now();
    return this.countedUntil - since;
  }

  /** Records activity: restarts the idle timeout. */
  public touch(): void {
    if (this.isClosing) return;
    this.lastActiveAt = this.clock.now();
    this.clock.clear(this.idleTimer);
    this.idleTimer = this.startIdleTimer();
  }

  /** Sends a text frame; false when the client's send buffer is full. Does nothing on a closing connection. */
  public send(text: string | Buffer): boolean {
    if (this.isClosing || this.halfOpen) return true;
    if (this.socket.bufferedAmount > this.limits.clientBuffer) return false;
    this.socket.send(text, { binary: false });
    this.touch();
    return true;
  }

  /** Fault: no message passes in either direction, and neither side notices. */
  public get isHalfOpen(): boolean {
    return this.halfOpen;
  }

  public becomeHalfOpen(): void {
    this.halfOpen = true;
  }

  /** Destroys the socket without a closing handshake. */
  public terminate(): void {
    this.socket.terminate();
  }

  public close(code: number, reason: string): void {
    this.closing ??= { code, reason };
    this.socket.close(code, reason);
  }

  /** Stops the timers, and returns the close code and reason: those of API Gateway, else those of the socket. */
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
