// Which socket is in use, and its successor: connect, keep, replace before the end, try again after a failure.
import { type MovePush, RealtimeError } from '../../../../protocol';
import { backoff } from './backoff';
import type { ConnectionState, CoreWorld, Emit } from '../effects';
import type { Endpoints } from './endpoints';
import { Leaving } from './draining';
import { type Line, newLine } from './socket-attempt';
import type { ConnectionOwner } from './connection-listener';
import { lifeOf, Rotation } from './rotation';

/** API Gateway ends a connection that is idle for 10 minutes; a ping every so often keeps it. Milliseconds. */
const PING_AFTER = 9 * 60_000;
/** A connection that does not answer a ping within this is dead. Milliseconds. */
const PONG_WITHIN = 10_000;
/** A connection that is not open within this has failed. Milliseconds. */
const OPEN_WITHIN = 15_000;

export class Connection {
  public state: ConnectionState = 'initialized';
  /** Why no socket is in use, once one was lost or could not be opened. */
  public failure: Error | undefined;
  /** The region that answered last on a socket in use. */
  public region: string | undefined;
  /** The socket in use. */
  private current: Line | undefined;
  /** A socket on its way to be used: the first one, or the successor of the one in use. */
  private next: Line | undefined;
  private sockets = 0;
  /** Failures in a row: of connecting at all, and of making a successor. */
  private readonly failures = { reconnect: 0, rotate: 0 };
  /** A ping is on its way: whatever comes from the socket in use answers it. */
  private pinged = false;
  /** The server called the token of the socket in use over: it serves nothing any more. */
  private over: Error | undefined;
  private readonly rotation: Rotation;
  private readonly old: Leaving;
  /** The server said to move: when, from which address, and where to. */
  private move:
    | { readonly at: number; readonly from: string | undefined; readonly urls: readonly unknown[] }
    | undefined;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly endpoints: Endpoints,
    private readonly owner: ConnectionOwner,
  ) {
    this.rotation = new Rotation(world, emit);
    this.old = new Leaving(emit, owner, () => this.active);
  }

  /** The socket in use. */
  public get active(): number | undefined {
    return this.current?.socket;
  }

  /** The sockets that are open: the one in use, and its successor. */
  public get open(): readonly number[] {
    return [this.active, this.successor].filter((socket) => socket !== undefined);
  }

  /** The successor, once it is open. */
  public get successor(): number | undefined {
    return this.current !== undefined && this.next?.url !== undefined ? this.next.socket : undefined;
  }

  /** The socket that was in use before, while it has publishes to answer. */
  public get leaving(): number | undefined {
    return this.old.socket;
  }

  /** Begins a first connection, or the successor of the one in use. */
  public start(): void {
    if (this.next !== undefined || this.isClosed()) return;
    this.sockets += 1;
    this.next = newLine(this.sockets, this.move !== undefined);
    if (this.current === undefined) this.setState('connecting');
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
    this.current = undefined;
    this.next = undefined;
    this.old.close();
    this.state = 'closed';
  }

  /** Breaks off what is in use; while it waits to try again, tries at once. */
  public reconnect(): void {
    if (this.active !== undefined) this.giveUp(this.active);
    else if (this.next === undefined && this.state === 'disconnected') {
      this.emit({ type: 'cancel', name: 'reconnect' });
      this.start();
    }
    this.old.close();
  }

  /** The server called a socket's token over: a successor gets a new one. */
  public renew(socket: number | undefined, reason: Error): void {
    // Its successor has another token already.
    if (socket !== undefined && socket === this.leaving) this.old.close();
    else {
      if (socket !== undefined && socket === this.active) this.over = reason;
      this.start();
    }
  }

  /** The server says that a socket is to move: at a moment within, unless one was picked before. */
  public moveAway(socket: number, push: MovePush): void {
    const { current, next } = this;
    if (next?.socket === socket) next.told = push;
    // Its successor is on the way already.
    if (current?.socket !== socket || next?.isMove === true) return;
    const at = this.move?.at ?? this.world.now() + this.world.random() * push.within;
    this.move = { at, from: current.url, urls: Array.isArray(push.urls) ? push.urls : [] };
    this.rotation.by(at);
  }

  /** A region answered. */
  public answeredBy(socket: number, region: string): void {
    const line = this.lineOf(socket);
    if (line !== undefined) line.region = region;
    this.tellRegion();
  }

  public tokenReady(attempt: number, token: string): void {
    const { next, move } = this;
    if (next?.socket !== attempt) return;
    next.life = lifeOf(token, this.world);
    next.since = this.world.now();
    next.urls =
      next.isMove && move !== undefined ? this.endpoints.elsewhere(move.urls, move.from) : this.endpoints.order();
    this.emit({ type: 'open', socket: attempt, token, urls: next.urls });
  }

  public tokenFailed(attempt: number, cause: unknown): void {
    if (this.next?.socket === attempt)
      this.failed(this.next, new RealtimeError('token_provider_failed', undefined, { cause }));
  }

  public opened(socket: number, url: string): void {
    const { next } = this;
    if (next?.socket !== socket) return;
    this.emit({ type: 'cancel', name: 'open' });
    this.rotation.after(next.life);
    next.url = url;
    this.endpoints.opened(url, this.world.now() - next.since, next.urls);
    if (this.current === undefined) this.use(next);
    else {
      // The successor subscribes first; the old one serves until that is answered.
      this.owner.prepare(socket);
      this.switchWhenReady();
    }
  }

  public closed(socket: number, reason?: Error): void {
    if (socket === this.next?.socket) {
      this.failed(this.next, reason ?? new RealtimeError('connect_failed'));
    } else if (this.current !== undefined && socket === this.active) {
      this.judge(this.current);
      this.current = undefined;
      this.over = undefined;
      this.stopPing();
      this.owner.gone(socket);
      if (this.next?.url !== undefined) this.use(this.next);
      else this.lost(reason ?? new RealtimeError('connection_closed'));
    } else if (socket === this.leaving) this.old.closed();
  }

  public giveUp(socket: number, reason?: Error): void {
    this.emit({ type: 'close', socket });
    this.closed(socket, reason);
  }

  /** Something came; false when it came from a socket that is over. */
  public heard(socket: number): boolean {
    const line = this.lineOf(socket);
    if (line?.heard === false && line.url !== undefined) this.endpoints.served(line.url);
    if (line !== undefined) line.heard = true;
    if (socket !== this.active) return line !== undefined;
    // Only this ends a row of failures: a connection may open, and serve nothing.
    this.failures.reconnect = 0;
    if (this.pinged) this.emit({ type: 'cancel', name: 'pong' });
    this.pinged = false;
    return true;
  }

  public timer(kind: string): void {
    if (kind === 'rotate') this.rotation.fired();
    if (kind === 'reconnect' || kind === 'rotate') this.start();
    else if (kind === 'open' && this.next !== undefined) this.giveUp(this.next.socket);
    else if (kind === 'ping') this.ping();
    else if (kind === 'leave') this.old.close();
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
    const { current, next } = this;
    if (current === undefined || next?.url === undefined || !this.owner.isReady(next.socket)) return;
    const serves = this.over === undefined;
    this.over = undefined;
    this.stopPing();
    this.old.close();
    this.takeOver(next);
    if (serves && this.owner.isOwed(current.socket)) this.old.begin(current);
    else this.emit({ type: 'close', socket: current.socket });
    this.owner.replaced(current.socket, next.socket);
    this.tellRegion();
  }

  /** The one before is closed once it owes nothing. */
  public leaveWhenDone(): void {
    this.old.closeWhenDone();
  }

  private use(line: Line): void {
    this.failure = undefined;
    this.takeOver(line);
    this.owner.used(line.socket);
    this.tellRegion();
    // Last: a listener may ask for anything, close() included.
    if (this.active === line.socket) this.setState('connected');
  }

  private takeOver(line: Line): void {
    this.current = line;
    this.next = undefined;
    this.failures.rotate = 0;
    this.restartPing();
    if (line.isMove) this.move = undefined;
    // It was begun before the server said so, and may lead where it must not.
    else if (this.move !== undefined) this.rotation.by(this.move.at);
    if (line.told !== undefined) this.moveAway(line.socket, line.told);
  }

  private failed(line: Line, reason: Error): void {
    this.emit({ type: 'cancel', name: 'open' });
    this.next = undefined;
    this.judge(line);
    this.owner.gone(line.socket);
    if (this.active === undefined) {
      // Better where it was than nowhere.
      this.move = undefined;
      this.lost(reason);
    }
    // No new token was to be had. What serves nothing must not seem to be in use.
    else if (this.over !== undefined) this.giveUp(this.active, this.over);
    else this.retryLater('rotate');
  }

  /** What the end of a socket, which we did not want, says of its address. */
  private judge({ heard, url, urls }: Line): void {
    if (!heard) this.endpoints.failed(url === undefined ? urls : [url]);
  }

  private lost(reason: Error): void {
    this.failure = reason;
    this.rotation.stop();
    if (this.next === undefined) this.retryLater('reconnect');
    this.owner.lost();
    if (!this.isClosed()) this.setState('disconnected', reason);
  }

  private retryLater(name: 'reconnect' | 'rotate'): void {
    const delay = backoff(this.failures[name], this.world.random());
    this.failures[name] += 1;
    if (name === 'rotate') this.rotation.after(delay);
    else this.emit({ type: 'timer', name, delay });
  }

  private lineOf(socket: number): Line | undefined {
    return [this.current, this.next, this.old.line].find((line) => line?.socket === socket);
  }

  private tellRegion(): void {
    const region = this.current?.region;
    if (region === undefined || region === this.region) return;
    this.region = region;
    this.emit({ type: 'region', region });
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
