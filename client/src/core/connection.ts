// Which socket is in use, and its successor: connect, keep, replace before the end, try again after a failure.
import { RealtimeError } from '../../../protocol';
import { backoff } from './backoff';
import type { ConnectionState, CoreWorld, Emit } from './commands';
import { remainingLifeOf } from './token';

/** API Gateway ends a connection after 2 hours; a new one is made between these ages. Milliseconds. */
const ROTATE_FROM = 110 * 60_000;
const ROTATE_TO = 118 * 60_000;
/** With a token that expires sooner, the new connection is made this long before. Milliseconds. */
const ROTATE_BEFORE_EXPIRY = 60_000;
/** API Gateway ends a connection that is idle for 10 minutes; a ping every so often keeps it. Milliseconds. */
const PING_AFTER = 9 * 60_000;
/** A connection that does not answer a ping within this is dead. Milliseconds. */
const PONG_WITHIN = 10_000;
/** A connection that is not open within this has failed. Milliseconds. */
const OPEN_WITHIN = 15_000;

/** Who sends on the connection, and is told of it. */
export interface ConnectionOwner {
  /** A socket is in use that has been asked for nothing yet. */
  used(socket: number): void;
  /** A successor is open: it gets ready while the old one serves. */
  prepare(socket: number): void;
  /** Whether a successor has what the old one has. */
  isReady(socket: number): boolean;
  /** A successor that was ready is in use instead of the old one, which is closed. */
  replaced(old: number, socket: number): void;
  /** A socket is gone, whether it was in use or to be. */
  gone(socket: number): void;
  /** No socket is in use. */
  lost(): void;
}

export class Connection {
  public state: ConnectionState = 'initialized';
  /** The socket in use. */
  public active: number | undefined;
  /** Why no socket is in use, once one was lost or could not be opened. */
  public failure: Error | undefined;
  /** A socket on its way to be used: the first one, or the successor of the one in use. */
  private next: { readonly socket: number; open: boolean } | undefined;
  private sockets = 0;
  /** Failures in a row: of connecting at all, and of making a successor. */
  private readonly failures = { reconnect: 0, rotate: 0 };
  /** A ping is on its way: whatever comes from the socket in use answers it. */
  private pinged = false;
  /** The server called the token of the socket in use over: it serves nothing any more. */
  private over: Error | undefined;
  private rotateAt = Number.POSITIVE_INFINITY;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly owner: ConnectionOwner,
  ) {}

  /** The sockets that are open: the one in use, and its successor. */
  public get open(): readonly number[] {
    return [this.active, this.successor].filter((socket) => socket !== undefined);
  }

  /** The successor, once it is open. */
  public get successor(): number | undefined {
    return this.active !== undefined && this.next?.open === true ? this.next.socket : undefined;
  }

  /** Begins a first connection, or the successor of the one in use. */
  public start(): void {
    if (this.next !== undefined || this.isClosed()) return;
    this.sockets += 1;
    this.next = { socket: this.sockets, open: false };
    if (this.active === undefined) this.setState('connecting');
    // A listener may have closed the client.
    if (this.isClosed()) return;
    this.emit({ type: 'timer', name: 'open', delay: OPEN_WITHIN });
    this.emit({ type: 'fetchToken', attempt: this.sockets });
  }

  /** Ends it for good. The state is told by the caller, once all else has ended. */
  public close(): void {
    for (const socket of [this.active, this.next?.socket]) {
      if (socket !== undefined) this.emit({ type: 'close', socket });
    }
    for (const name of ['open', 'reconnect', 'rotate', 'ping', 'pong']) this.emit({ type: 'cancel', name });
    this.active = undefined;
    this.next = undefined;
    this.state = 'closed';
  }

  /** Breaks off what is in use; while it waits to try again, tries at once. */
  public reconnect(): void {
    if (this.active !== undefined) this.giveUp(this.active);
    else if (this.next === undefined && this.state === 'disconnected') {
      this.emit({ type: 'cancel', name: 'reconnect' });
      this.start();
    }
  }

  /** The server called a socket's token over: a successor gets a new one. */
  public renew(socket: number | undefined, reason: Error): void {
    if (socket !== undefined && socket === this.active) this.over = reason;
    this.start();
  }

  public tokenReady(attempt: number, token: string): void {
    if (this.next?.socket !== attempt) return;
    const life = ROTATE_FROM + this.world.random() * (ROTATE_TO - ROTATE_FROM);
    const untilExpiry = remainingLifeOf(token, this.world.wallClock()) ?? Number.POSITIVE_INFINITY;
    // A token that lives shorter than the margin is used for half of its life.
    const margin = Math.min(ROTATE_BEFORE_EXPIRY, untilExpiry / 2);
    this.rotateAt = Math.min(life, Math.max(1_000, untilExpiry - margin));
    this.emit({ type: 'open', socket: attempt, token });
  }

  public tokenFailed(attempt: number, cause: unknown): void {
    if (this.next?.socket === attempt)
      this.failed(attempt, new RealtimeError('token_provider_failed', undefined, { cause }));
  }

  public opened(socket: number): void {
    if (this.next?.socket !== socket) return;
    this.emit({ type: 'cancel', name: 'open' });
    this.emit({ type: 'timer', name: 'rotate', delay: this.rotateAt });
    this.next.open = true;
    if (this.active === undefined) this.use(socket);
    else {
      // The successor subscribes first; the old one serves until that is answered.
      this.owner.prepare(socket);
      this.switchWhenReady();
    }
  }

  public closed(socket: number, reason?: Error): void {
    if (socket === this.next?.socket) {
      this.failed(socket, reason ?? new RealtimeError('connect_failed'));
    } else if (socket === this.active) {
      this.active = undefined;
      this.over = undefined;
      this.stopPing();
      this.owner.gone(socket);
      if (this.next?.open === true) this.use(this.next.socket);
      else this.lost(reason ?? new RealtimeError('connection_closed'));
    }
  }

  public giveUp(socket: number, reason?: Error): void {
    this.emit({ type: 'close', socket });
    this.closed(socket, reason);
  }

  /** Something came; false when it came from a socket that is over. */
  public heard(socket: number): boolean {
    if (socket !== this.active) return socket === this.next?.socket;
    // Only this ends a row of failures: a connection may open, and serve nothing.
    this.failures.reconnect = 0;
    if (this.pinged) this.emit({ type: 'cancel', name: 'pong' });
    this.pinged = false;
    return true;
  }

  public timer(kind: string): void {
    if (kind === 'reconnect' || kind === 'rotate') this.start();
    else if (kind === 'open' && this.next !== undefined) this.giveUp(this.next.socket);
    else if (kind === 'ping') this.ping();
    else if (kind === 'pong' && this.active !== undefined) {
      this.giveUp(this.active, new RealtimeError('request_timeout', 'A ping was not answered.'));
    }
  }

  /** Asks for a sign of life; without one, the connection is given up. */
  public ping(): void {
    if (this.active === undefined) return;
    this.restartPing();
    if (this.pinged) return;
    this.pinged = true;
    this.emit({ type: 'timer', name: 'pong', delay: PONG_WITHIN });
    this.emit({ type: 'send', socket: this.active, text: '{"action":"ping"}' });
  }

  /** A successor takes over once it has what the old one had. */
  public switchWhenReady(): void {
    const { active, successor } = this;
    if (active === undefined || successor === undefined || !this.owner.isReady(successor)) return;
    this.active = successor;
    this.over = undefined;
    this.next = undefined;
    this.failures.rotate = 0;
    this.stopPing();
    this.restartPing();
    this.emit({ type: 'close', socket: active });
    this.owner.replaced(active, successor);
  }

  private use(socket: number): void {
    this.active = socket;
    this.failure = undefined;
    this.next = undefined;
    this.failures.rotate = 0;
    this.restartPing();
    this.owner.used(socket);
    // Last: a listener may ask for anything, close() included.
    if (this.active === socket) this.setState('connected');
  }

  private failed(socket: number, reason: Error): void {
    this.emit({ type: 'cancel', name: 'open' });
    this.next = undefined;
    this.owner.gone(socket);
    if (this.active === undefined) this.lost(reason);
    // No new token was to be had. What serves nothing must not seem to be in use.
    else if (this.over !== undefined) this.giveUp(this.active, this.over);
    else this.retryLater('rotate');
  }

  private lost(reason: Error): void {
    this.failure = reason;
    this.emit({ type: 'cancel', name: 'rotate' });
    if (this.next === undefined) this.retryLater('reconnect');
    this.owner.lost();
    if (!this.isClosed()) this.setState('disconnected', reason);
  }

  private retryLater(name: 'reconnect' | 'rotate'): void {
    this.emit({ type: 'timer', name, delay: backoff(this.failures[name], this.world.random()) });
    this.failures[name] += 1;
  }

  private restartPing(): void {
    this.emit({ type: 'timer', name: 'ping', delay: PING_AFTER });
  }

  private stopPing(): void {
    this.pinged = false;
    for (const name of ['ping', 'pong']) this.emit({ type: 'cancel', name });
  }

  private isClosed(): boolean {
    return this.state === 'closed';
  }

  private setState(state: ConnectionState, reason?: Error): void {
    if (this.state === state) return;
    this.state = state;
    this.emit({ type: 'state', state, ...(reason === undefined ? {} : { reason }) });
  }
}
