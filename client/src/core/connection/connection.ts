// The socket in use and its successor: connects, replaces the socket before its end, and reconnects after a failure.
import { type MovePush, RealtimeError } from '../../../../protocol';
import type { ConnectionState, CoreWorld, Emit } from '../effects';
import { backoff } from './backoff';
import type { ConnectionListener } from './connection-listener';
import { DrainingSocket } from './draining';
import type { Endpoints } from './endpoints';
import { Heartbeat } from './heartbeat';
import { lifetimeOf, Rotation } from './rotation';
import { newAttempt, type SocketAttempt } from './socket-attempt';

/** A connection that is not open within this time has failed. Milliseconds. */
const OPEN_TIMEOUT = 15_000;

/** The server asked the client to move: when, from which address, and to which ones. */
interface Move {
  readonly at: number;
  readonly from: string | undefined;
  readonly urls: readonly unknown[];
}

export class Connection {
  public state: ConnectionState = 'initialized';
  /** Why no socket is in use, after one was lost or could not be opened. */
  public failure: Error | undefined;
  /** The region that answered last on a socket in use. */
  public region: string | undefined;
  /** The socket in use. */
  #current: SocketAttempt | undefined;
  /** The socket to use next: the first one, or the successor of the one in use. */
  #next: SocketAttempt | undefined;
  #sockets = 0;
  /** Consecutive failures: to connect at all, and to open a successor. */
  readonly #failures = { reconnect: 0, rotate: 0 };
  /** The server refused the token of the socket in use: it serves nothing any more. */
  #tokenRefusal: Error | undefined;
  #move: Move | undefined;
  readonly #heartbeat: Heartbeat;
  readonly #rotation: Rotation;
  readonly #drainingSocket: DrainingSocket;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly endpoints: Endpoints,
    private readonly listener: ConnectionListener,
  ) {
    this.#heartbeat = new Heartbeat(emit);
    this.#rotation = new Rotation(world, emit);
    this.#drainingSocket = new DrainingSocket(emit, listener, () => this.active);
  }

  /** The socket in use. */
  public get active(): number | undefined {
    return this.#current?.socket;
  }

  /** The open sockets: the one in use, and its successor. */
  public get open(): readonly number[] {
    return [this.active, this.successor].filter((socket) => socket !== undefined);
  }

  /** The successor, once it is open. */
  public get successor(): number | undefined {
    return this.#current !== undefined && this.#next?.url !== undefined ? this.#next.socket : undefined;
  }

  /** The socket that was in use before, while its publishes are in flight. */
  public get draining(): number | undefined {
    return this.#drainingSocket.socket;
  }

  /** Begins the first connection, or the successor of the one in use. */
  public start(): void {
    if (this.#next !== undefined || this.#isClosed()) return;
    this.#sockets += 1;
    this.#next = newAttempt(this.#sockets, this.#move !== undefined);
    if (this.#current === undefined) this.#setState('connecting');
    // A listener may have closed the client.
    if (this.#isClosed()) return;
    this.emit({ type: 'timer', name: 'open', delay: OPEN_TIMEOUT });
    this.emit({ type: 'fetchToken', attempt: this.#sockets });
  }

  /** Closes all sockets for good. The caller emits the state, after everything else has ended. */
  public close(): void {
    for (const socket of [this.active, this.#next?.socket]) {
      if (socket !== undefined) this.emit({ type: 'close', socket });
    }
    for (const name of ['open', 'reconnect', 'rotate', 'ping', 'pong']) this.emit({ type: 'cancel', name });
    this.#current = undefined;
    this.#next = undefined;
    this.#drainingSocket.close();
    this.state = 'closed';
  }

  /** Closes the socket in use and reconnects. If the client is waiting for its backoff, the wait ends. */
  public reconnect(): void {
    if (this.active !== undefined) this.replace(this.active);
    else if (this.#next === undefined && this.state === 'disconnected') {
      this.emit({ type: 'cancel', name: 'reconnect' });
      this.start();
    }
    this.#drainingSocket.close();
  }

  /** The server refused a socket's token: a successor gets a new one. */
  public renewToken(socket: number | undefined, reason: Error): void {
    // The successor of a draining socket has another token already.
    if (socket !== undefined && socket === this.draining) this.#drainingSocket.close();
    else {
      if (socket !== undefined && socket === this.active) this.#tokenRefusal = reason;
      this.start();
    }
  }

  /** The server asks a socket to move, at a random time within a limit. */
  public requestMove(socket: number, push: MovePush): void {
    const current = this.#current;
    const next = this.#next;
    if (next?.socket === socket) next.movePush = push;
    // Its successor is on the way already.
    if (current?.socket !== socket || next?.isMove === true) return;
    // A repeated request does not postpone the move.
    const at = this.#move?.at ?? this.world.now() + this.world.random() * push.within;
    this.#move = { at, from: current.url, urls: Array.isArray(push.urls) ? push.urls : [] };
    this.#rotation.by(at);
  }

  /** A region answered on a socket. */
  public answeredBy(socket: number, region: string): void {
    const attempt = this.#attemptOf(socket);
    if (attempt !== undefined) attempt.region = region;
    this.#updateRegion();
  }

  public tokenReady(socket: number, token: string): void {
    const { endpoints } = this;
    const next = this.#next;
    const move = this.#move;
    if (next?.socket !== socket) return;
    const { lifetime, untilExpiry } = lifetimeOf(token, this.world);
    next.lifetime = lifetime;
    next.startedAt = this.world.now();
    next.expiresAt = next.startedAt + untilExpiry;
    next.urls = next.isMove && move !== undefined ? endpoints.orderForMove(move.urls, move.from) : endpoints.order();
    this.emit({ type: 'open', socket, token, urls: next.urls });
  }

  public tokenFailed(socket: number, cause: unknown): void {
    if (this.#next?.socket === socket)
      this.#failed(this.#next, new RealtimeError('token_provider_failed', undefined, { cause }));
  }

  public opened(socket: number, url: string): void {
    const next = this.#next;
    if (next?.socket !== socket) return;
    this.emit({ type: 'cancel', name: 'open' });
    this.#rotation.after(next.lifetime);
    next.url = url;
    this.endpoints.opened(url, this.world.now() - next.startedAt, next.urls);
    if (this.#current === undefined) this.#use(next);
    else {
      this.listener.prepare(socket);
      this.switchWhenReady();
    }
  }

  public closed(socket: number, reason?: Error): void {
    if (socket === this.#next?.socket) {
      this.#failed(this.#next, reason ?? new RealtimeError('connect_failed'));
    } else if (this.#current !== undefined && socket === this.active) {
      this.#recordFailure(this.#current);
      this.#current = undefined;
      this.#tokenRefusal = undefined;
      this.#heartbeat.stop();
      this.listener.gone(socket);
      if (this.#next?.url !== undefined) this.#use(this.#next);
      else this.#lost(reason ?? new RealtimeError('connection_closed'));
    } else if (socket === this.draining) this.#drainingSocket.closed();
  }

  /** Closes a socket that does not answer, and goes on with its successor, or reconnects. */
  public replace(socket: number, reason?: Error): void {
    this.emit({ type: 'close', socket });
    this.closed(socket, reason);
  }

  /**
   * A frame was received.
   *
   * @returns whether the socket is one of the connection's
   */
  public received(socket: number): boolean {
    const attempt = this.#attemptOf(socket);
    if (attempt?.hasReceived === false && attempt.url !== undefined) this.endpoints.served(attempt.url);
    if (attempt !== undefined) attempt.hasReceived = true;
    if (socket !== this.active) return attempt !== undefined;
    // Only a frame ends a row of failures: a connection may open, and serve nothing.
    this.#failures.reconnect = 0;
    this.#heartbeat.received();
    return true;
  }

  public timer(kind: string): void {
    if (kind === 'rotate') this.#rotation.fired();
    if (kind === 'reconnect' || kind === 'rotate') this.start();
    else if (kind === 'open' && this.#next !== undefined) this.replace(this.#next.socket);
    else if (kind === 'ping') this.ping();
    else if (kind === 'drain') this.#drainingSocket.close();
    else if (kind === 'pong' && this.active !== undefined) {
      this.replace(this.active, new RealtimeError('request_timeout', 'A ping was not answered.'));
    }
  }

  /** Pings the socket in use. Without an answer, it is replaced. */
  public ping(): void {
    if (this.active !== undefined) this.#heartbeat.ping(this.active);
  }

  /** Uses the successor, once its subscribes are answered. */
  public switchWhenReady(): void {
    const current = this.#current;
    const next = this.#next;
    if (current === undefined || next?.url === undefined || !this.listener.isReady(next.socket)) return;
    const isServing = this.#tokenRefusal === undefined;
    this.#tokenRefusal = undefined;
    this.#heartbeat.stop();
    this.#drainingSocket.close();
    this.#takeOver(next);
    if (isServing && this.listener.hasPublishes(current.socket)) this.#drainingSocket.begin(current);
    else this.emit({ type: 'close', socket: current.socket });
    this.listener.replaced(current.socket, next.socket);
    this.#updateRegion();
  }

  /** Closes the draining socket, once its publishes are answered. */
  public closeDrained(): void {
    this.#drainingSocket.closeWhenDone();
  }

  #use(attempt: SocketAttempt): void {
    this.failure = undefined;
    this.#takeOver(attempt);
    this.listener.used(attempt.socket);
    this.#updateRegion();
    // Last, because a listener may call anything, even close().
    if (this.active === attempt.socket) this.#setState('connected');
  }

  #takeOver(attempt: SocketAttempt): void {
    this.#current = attempt;
    this.#next = undefined;
    this.#failures.rotate = 0;
    this.#heartbeat.restart();
    if (attempt.isMove) this.#move = undefined;
    // The attempt was begun before the request to move, and may lead to the same server.
    else if (this.#move !== undefined) this.#rotation.by(this.#move.at);
    if (attempt.movePush !== undefined) this.requestMove(attempt.socket, attempt.movePush);
  }

  #failed(attempt: SocketAttempt, reason: Error): void {
    this.emit({ type: 'cancel', name: 'open' });
    this.#next = undefined;
    this.#recordFailure(attempt);
    this.listener.gone(attempt.socket);
    if (this.active === undefined) {
      // No other socket is left, so the request to move is dropped: the old address may be used again.
      this.#move = undefined;
      this.#lost(reason);
    }
    // There is no new token: a socket that serves nothing must not seem to be in use.
    else if (this.#tokenRefusal !== undefined) this.replace(this.active, this.#tokenRefusal);
    else {
      this.#retryLater('rotate');
      // Pushes end with the token. The server decides whether it has expired: the client's clock may be wrong.
      if (this.world.now() >= (this.#current?.expiresAt ?? 0)) this.listener.expired();
    }
  }

  /** A socket that ended before a frame was received counts against its address. */
  #recordFailure({ hasReceived, url, urls }: SocketAttempt): void {
    if (!hasReceived) this.endpoints.failed(url === undefined ? urls : [url]);
  }

  #lost(reason: Error): void {
    this.failure = reason;
    this.#rotation.stop();
    if (this.#next === undefined) this.#retryLater('reconnect');
    this.listener.lost();
    if (!this.#isClosed()) this.#setState('disconnected', reason);
  }

  #retryLater(name: 'reconnect' | 'rotate'): void {
    const delay = backoff(this.#failures[name], this.world.random());
    this.#failures[name] += 1;
    if (name === 'rotate') this.#rotation.after(delay);
    else this.emit({ type: 'timer', name, delay });
  }

  #attemptOf(socket: number): SocketAttempt | undefined {
    return [this.#current, this.#next, this.#drainingSocket.attempt].find((attempt) => attempt?.socket === socket);
  }

  #updateRegion(): void {
    const region = this.#current?.region;
    if (region === undefined || region === this.region) return;
    this.region = region;
    this.emit({ type: 'region', region });
  }

  #isClosed(): boolean {
    return this.state === 'closed';
  }

  #setState(state: ConnectionState, reason?: Error): void {
    if (this.state === state) return;
    this.state = state;
    this.emit({ type: 'state', state, reason });
  }
}
