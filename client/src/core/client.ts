// The client as a state machine: inputs are method calls, effects are commands. No clock, no randomness, no socket here.
import { decodeServerFrame, RealtimeError, type Reply, type SubscribeOk } from '../../../protocol';
import { backoff } from './backoff';
import { ChannelCore } from './channel';
import type { CoreWorld, ConnectionState, Emit } from './commands';
import { type CallKind, Requests } from './requests';
import { expiryOf } from './token';

/** API Gateway ends a connection after 2 hours; a new one is made between these ages. Milliseconds. */
const ROTATE_FROM = 110 * 60_000;
const ROTATE_TO = 118 * 60_000;
/** With a token that expires sooner, the new connection is made this long before. Milliseconds. */
const ROTATE_BEFORE_EXPIRY = 60_000;
/** API Gateway ends a connection that is idle for 10 minutes. Milliseconds. */
const PING_AFTER = 9 * 60_000;
/** A connection that does not answer a ping within this is dead. Milliseconds. */
const PONG_WITHIN = 10_000;
/** A connection that is not open within this has failed. Milliseconds. */
const OPEN_WITHIN = 15_000;
/** A subscribe that is not answered within this is sent again. Milliseconds. */
const SUBSCRIBE_WITHIN = 10_000;

export interface CoreOptions {
  /** Milliseconds until a call of the application fails. */
  readonly requestTimeout: number;
}

export class ClientCore {
  public state: ConnectionState = 'initialized';
  private readonly channels = new Map<string, ChannelCore>();
  private readonly requests: Requests;
  /** The socket in use. */
  private active: number | undefined;
  /** A socket on its way to be used: the first one, or the successor of the one in use. */
  private next: { readonly socket: number; open: boolean } | undefined;
  private sockets = 0;
  private failures = 0;
  private rotateAt = Number.POSITIVE_INFINITY;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly options: CoreOptions,
  ) {
    this.requests = new Requests(world, emit);
  }

  // --- what the application asks for

  public connect(): void {
    if (this.state === 'initialized') this.start();
  }

  public close(): void {
    if (this.state === 'closed') return;
    for (const socket of [this.active, this.next?.socket])
      if (socket !== undefined) this.emit({ type: 'close', socket });
    for (const name of ['open', 'reconnect', 'rotate', 'ping', 'pong']) this.emit({ type: 'cancel', name });
    this.active = undefined;
    this.next = undefined;
    this.setState('closed');
    this.requests.rejectAll(new RealtimeError('client_closed'));
    for (const channel of this.channels.values()) channel.detach();
  }

  public channel(name: string): ChannelCore {
    let channel = this.channels.get(name);
    if (channel === undefined) {
      const link = {
        subscribe: (one: string, cursor: string | undefined): void => {
          this.subscribeFrame(one, cursor, this.active);
        },
      };
      channel = new ChannelCore(name, link, this.emit);
      this.channels.set(name, channel);
    }
    return channel;
  }

  public subscribe(name: string): void {
    const channel = this.channel(name);
    if (channel.wanted || this.state === 'closed') return;
    channel.wanted = true;
    this.connect();
    channel.resubscribe();
  }

  public unsubscribe(name: string, call: number): void {
    const channel = this.channel(name);
    channel.detach();
    this.requests.dropSubscribes(({ channel: one }) => one === name);
    // Without a connection there is nothing to end: the next one does not subscribe.
    if (this.active === undefined) this.emit({ type: 'resolve', call, value: undefined });
    else this.call('unsubscribe', { channel: name }, call);
  }

  /** Sends a request of the application; its answer settles the call. */
  public call(kind: CallKind, fields: Readonly<Record<string, unknown>>, call: number, timeout?: number): void {
    if (this.state === 'closed') {
      this.emit({ type: 'reject', call, error: new RealtimeError('client_closed') });
      return;
    }
    this.connect();
    const request = this.requests.add(kind, { action: kind, ...fields }, timeout ?? this.options.requestTimeout, call);
    this.requests.send(request, this.active);
  }

  /** Breaks the connection off, and lets the usual repair begin: when the application knows that the network changed. */
  public reconnect(): void {
    if (this.active !== undefined) this.giveUp(this.active);
  }

  // --- what the world tells

  public tokenReady(attempt: number, token: string): void {
    if (this.next?.socket !== attempt || this.state === 'closed') return;
    const life = ROTATE_FROM + this.world.random() * (ROTATE_TO - ROTATE_FROM);
    const untilExpiry = (expiryOf(token) ?? Number.POSITIVE_INFINITY) - this.world.wallClock();
    // A token that lives shorter than the margin is used for half of its life.
    const margin = Math.min(ROTATE_BEFORE_EXPIRY, untilExpiry / 2);
    this.rotateAt = Math.min(life, Math.max(1_000, untilExpiry - margin));
    this.emit({ type: 'open', socket: attempt, token });
  }

  public tokenFailed(attempt: number, cause: unknown): void {
    if (this.next?.socket !== attempt) return;
    this.failed(attempt, new RealtimeError('token_provider_failed', undefined, { cause }));
  }

  public opened(socket: number): void {
    if (this.next?.socket !== socket) return;
    this.emit({ type: 'cancel', name: 'open' });
    this.next.open = true;
    this.emit({ type: 'timer', name: 'rotate', delay: this.rotateAt });
    if (this.active === undefined) this.use(socket);
    // The successor subscribes first; the old one serves until that is answered.
    else this.resubscribeAll(socket);
    this.switchWhenReady();
  }

  public received(socket: number, text: string): void {
    if (socket !== this.active && socket !== this.next?.socket) return;
    const frame = decodeServerFrame(text);
    if (frame.kind === 'push') this.channels.get(frame.push.channel)?.push(frame.push);
    else if (frame.kind === 'reply') this.replied(frame.reply);
    else if (frame.kind === 'pong') this.emit({ type: 'cancel', name: 'pong' });
    // API Gateway's own words carry no request id, and unknown frames may come from a newer server: requests time out.
  }

  public closed(socket: number, reason?: Error): void {
    if (socket === this.next?.socket) {
      this.failed(socket, reason ?? new RealtimeError('connect_failed'));
    } else if (socket === this.active) {
      this.active = undefined;
      this.emit({ type: 'cancel', name: 'ping' });
      this.emit({ type: 'cancel', name: 'pong' });
      if (this.next?.open === true) this.use(this.next.socket);
      else this.lost(reason ?? new RealtimeError('connection_closed'));
    }
  }

  public timer(name: string): void {
    const [kind = '', rest = ''] = name.split(' ');
    if (kind === 'reconnect' || kind === 'rotate') this.start();
    else if (kind === 'open' && this.next !== undefined) this.giveUp(this.next.socket);
    else if (kind === 'ping') this.ping();
    else if (kind === 'pong' && this.active !== undefined) this.giveUp(this.active);
    else if (kind === 'gap') this.channels.get(rest)?.repair();
    else if (kind === 'pending') this.channels.get(rest)?.resubscribe();
    else if (kind === 'request') this.expired(Number(rest));
    else if (kind === 'retry') this.retry(Number(rest));
  }

  // --- connecting

  private start(): void {
    if (this.next !== undefined || this.state === 'closed') return;
    this.sockets += 1;
    this.next = { socket: this.sockets, open: false };
    if (this.active === undefined) this.setState('connecting');
    this.emit({ type: 'timer', name: 'open', delay: OPEN_WITHIN });
    this.emit({ type: 'fetchToken', attempt: this.sockets });
  }

  private use(socket: number): void {
    this.active = socket;
    this.next = undefined;
    this.failures = 0;
    this.setState('connected');
    this.restartPing();
    this.resubscribeAll(socket);
    this.requests.resendAll(socket);
  }

  /** A successor takes over once it has what the old one had. */
  private switchWhenReady(): void {
    const { active, next } = this;
    if (active === undefined || next?.open !== true || this.requests.hasSubscribeOn(next.socket)) return;
    this.active = next.socket;
    this.next = undefined;
    this.failures = 0;
    this.emit({ type: 'close', socket: active });
    this.requests.resendAll(next.socket);
    this.restartPing();
  }

  private resubscribeAll(socket: number): void {
    // What a former connection was asked for, it can't answer any more.
    this.requests.dropSubscribes((one) => one.socket !== this.active || one.socket === socket);
    for (const channel of this.channels.values()) {
      if (!channel.wanted) continue;
      // While a successor is prepared, the channel stays live on the old connection; positions drop what comes twice.
      if (socket === this.active) channel.resubscribe();
      else this.subscribeFrame(channel.name, channel.cursorText, socket);
    }
  }

  private giveUp(socket: number): void {
    this.emit({ type: 'close', socket });
    this.closed(socket);
  }

  private failed(socket: number, reason: Error): void {
    this.emit({ type: 'cancel', name: 'open' });
    this.next = undefined;
    this.requests.dropSubscribes((one) => one.socket === socket);
    if (this.active === undefined) this.lost(reason);
    else this.retryLater('rotate');
  }

  private lost(reason: Error): void {
    this.emit({ type: 'cancel', name: 'rotate' });
    this.requests.dropSubscribes((one) => one.socket !== this.next?.socket);
    for (const channel of this.channels.values()) channel.suspend();
    this.setState('disconnected', reason);
    if (this.next === undefined) this.retryLater('reconnect');
  }

  private retryLater(name: 'reconnect' | 'rotate'): void {
    this.emit({ type: 'timer', name, delay: backoff(this.failures, this.world.random()) });
    this.failures += 1;
  }

  private ping(): void {
    if (this.active === undefined) return;
    this.emit({ type: 'send', socket: this.active, text: '{"action":"ping"}' });
    this.emit({ type: 'timer', name: 'pong', delay: PONG_WITHIN });
    this.restartPing();
  }

  private restartPing(): void {
    this.emit({ type: 'timer', name: 'ping', delay: PING_AFTER });
  }

  // --- requests

  private subscribeFrame(channel: string, cursor: string | undefined, socket: number | undefined): void {
    // Without a connection, connecting subscribes.
    if (socket === undefined) return;
    this.requests.dropSubscribes((one) => one.channel === channel && one.socket === socket);
    const fields = { action: 'subscribe', channel, ...(cursor === undefined ? {} : { cursor }) };
    const request = this.requests.add('subscribe', fields, SUBSCRIBE_WITHIN, undefined);
    this.requests.send(request, socket);
  }

  private replied(reply: Reply): void {
    const request = reply.id === null ? undefined : this.requests.get(reply.id);
    if (request === undefined) return;
    this.emit({ type: 'latency', ms: this.world.now() - request.sentAt });
    if ('error' in reply) {
      this.refused(request.id, RealtimeError.fromWire(reply.error));
    } else {
      this.requests.forget(request);
      if (request.kind === 'subscribe') {
        this.channels.get(request.channel)?.subscribed(reply.ok as SubscribeOk, request.frame.cursor !== undefined);
      } else if (request.call !== undefined) this.emit({ type: 'resolve', call: request.call, value: reply.ok });
    }
    this.switchWhenReady();
  }

  private refused(id: number, error: RealtimeError): void {
    const request = this.requests.get(id);
    if (request === undefined) return;
    switch (error.retry) {
      case 'renew':
        // The token is over: a connection with a new one takes this request with it.
        this.start();
        return;
      case 'reconnect':
        if (this.active !== undefined) this.giveUp(this.active);
        return;
      case 'backoff':
        this.emit({ type: 'timer', name: `retry ${id}`, delay: backoff(request.tries, this.world.random()) });
        return;
      case 'never':
        this.requests.forget(request);
        if (request.call !== undefined) this.emit({ type: 'reject', call: request.call, error });
        else this.channels.get(request.channel)?.detach(error);
    }
  }

  private retry(id: number): void {
    const request = this.requests.get(id);
    if (request === undefined) return;
    this.requests.send(request, request.socket === this.next?.socket ? request.socket : this.active);
  }

  /** A request had its time. A subscribe is sent again; a call of the application fails. */
  private expired(id: number): void {
    const request = this.requests.get(id);
    if (request === undefined) return;
    this.requests.forget(request);
    if (request.call !== undefined)
      this.emit({ type: 'reject', call: request.call, error: new RealtimeError('request_timeout') });
    // A successor that does not answer is none: the connection in use goes on, and another is tried later.
    else if (request.socket === this.next?.socket) this.giveUp(request.socket as number);
    else this.channels.get(request.channel)?.resubscribe();
    this.switchWhenReady();
  }

  private setState(state: ConnectionState, reason?: Error): void {
    if (this.state === state) return;
    this.state = state;
    this.emit({ type: 'state', state, ...(reason === undefined ? {} : { reason }) });
  }
}
