// The client as a state machine: its inputs are method calls, its effects are commands. No clock, no randomness, no sockets.
import {
  decodeServerFrame,
  type PublishOk,
  RealtimeError,
  type Reply,
  type Rewind,
  type SubscribeOk,
  type SyncOk,
} from '../../../protocol';
import type { ChannelCore } from './channel/channel';
import { detach, subscribe } from './channel/channel-step';
import { Subscriptions } from './channel/subscriptions';
import { resubscribe } from './channel/transitions';
import { backoff } from './connection/backoff';
import { Connection } from './connection/connection';
import { Endpoints } from './connection/endpoints';
import type { ConnectionState, CoreWorld, Emit } from './effects';
import { PublishQueue } from './publish/publish-queue';
import { type CallKind, type PendingRequest, Requests } from './requests';

export interface CoreOptions {
  /** Milliseconds until a call of the application fails. */
  readonly requestTimeout: number;
  /** The network's main address, then the others. */
  readonly urls: readonly [string, ...string[]];
}

/** A call of the application that waits for an answer. */
export interface CoreCall {
  readonly kind: CallKind | 'publish';
  readonly channel: string;
  /** The fields of the request. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The number by which `resolve` and `reject` name the call. */
  readonly call: number;
  /** Milliseconds until the call fails. @default - `requestTimeout` */
  readonly timeout?: number;
}

export class ClientCore {
  readonly #requests: Requests;
  readonly #publishes: PublishQueue;
  readonly #subscriptions: Subscriptions;
  readonly #connection: Connection;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly options: CoreOptions,
  ) {
    this.#requests = new Requests(world, emit);
    this.#publishes = new PublishQueue(this.#requests, emit, () => this.#connection.active);
    this.#subscriptions = new Subscriptions(world, emit, this.#requests, () => this.#connection);
    this.#connection = new Connection(world, emit, new Endpoints(world, options.urls), {
      used: (socket) => {
        this.#subscriptions.used();
        this.#requests.resendAll(socket, this.#connection.draining);
        this.#publishes.flush();
      },
      prepare: (socket) => {
        this.#subscriptions.prepare(socket);
      },
      isReady: (socket) => !this.#requests.hasSubscribeOn(socket),
      hasPublishes: (socket) => this.#requests.on(socket).some(({ kind }) => kind === 'publish'),
      replaced: (old, socket) => {
        const unsubscribed = this.#requests.dropAllOn(old);
        this.#requests.resendAll(socket, this.#connection.draining);
        for (const request of unsubscribed) this.#subscriptions.unsubscribed(request);
      },
      drained: (socket) => {
        this.#requests.resendAll(socket);
      },
      gone: (socket) => {
        this.#requests.dropAllOn(socket);
      },
      expired: () => {
        this.#subscriptions.syncAll();
      },
      lost: () => {
        this.#subscriptions.suspend();
      },
    });
  }

  public get state(): ConnectionState {
    return this.#connection.state;
  }

  public get region(): string | undefined {
    return this.#connection.region;
  }

  // --- calls of the application

  public connect(): void {
    if (this.state === 'initialized') this.#connection.start();
  }

  public close(): void {
    if (this.state === 'closed') return;
    this.#connection.close();
    this.#requests.rejectAll(new RealtimeError('client_closed'));
    this.#publishes.rejectAll(new RealtimeError('client_closed'));
    this.#subscriptions.close();
    this.emit({ type: 'state', state: 'closed' });
  }

  public channel(name: string): ChannelCore {
    return this.#subscriptions.channel(name);
  }

  /** @param rewind how far back to begin, if the channel has no cursor */
  public subscribe(name: string, rewind?: Rewind): void {
    const channel = this.channel(name);
    if (this.state === 'closed') {
      const reason = new RealtimeError('client_closed');
      this.emit({ type: 'channelState', channel: name, state: 'detached', reason });
    } else if (!channel.isSubscribed) {
      this.connect();
      channel.dispatch(subscribe, rewind);
    }
  }

  public unsubscribe(name: string, call: number): void {
    this.channel(name).dispatch(detach);
    this.#requests.dropSubscribes(({ channel }) => channel === name);
    // Without a connection there is no subscription to end.
    if (this.#connection.active === undefined) this.emit({ type: 'resolve', call, value: undefined });
    else this.call({ kind: 'unsubscribe', channel: name, fields: {}, call });
  }

  /** Sends a request; its answer settles the call. */
  public call({ kind, channel, fields, call, timeout = this.options.requestTimeout }: CoreCall): void {
    if (this.state === 'closed') {
      this.emit({ type: 'reject', call, error: new RealtimeError('client_closed') });
      return;
    }
    let request: PendingRequest | undefined;
    try {
      if (kind === 'publish') {
        const { messages, retry } = fields;
        this.#publishes.add({ channel, messages, isRetry: retry === true, call, timeout });
      } else request = this.#requests.add({ kind, channel, fields, timeout, call });
    } catch (cause) {
      const error =
        cause instanceof RealtimeError ? cause : new RealtimeError('message_invalid', String(cause), { cause });
      this.emit({ type: 'reject', call, error });
      return;
    }
    this.connect();
    if (request === undefined) this.#publishes.flush([channel]);
    else this.#requests.send(request, this.#connection.active);
  }

  /** Closes the connection and makes a new one. */
  public reconnect(): void {
    this.#connection.reconnect();
  }

  /** While the application is not visible, there are no periodic syncs; when it becomes visible, there is one at once. */
  public setVisible(isVisible: boolean): void {
    this.#subscriptions.setVisible(isVisible);
  }

  // --- events of the outside

  public tokenReady(attempt: number, token: string): void {
    this.#connection.tokenReady(attempt, token);
  }

  public tokenFailed(attempt: number, cause: unknown): void {
    this.#connection.tokenFailed(attempt, cause);
  }

  /** @param url the address that opened */
  public opened(socket: number, url: string): void {
    this.#connection.opened(socket, url);
  }

  public closed(socket: number, reason?: Error): void {
    this.#connection.closed(socket, reason);
  }

  public received(socket: number, text: string): void {
    if (!this.#connection.received(socket)) return;
    const frame = decodeServerFrame(text);
    if (frame.kind === 'push') {
      if (frame.push.push === 'move') this.#connection.requestMove(socket, frame.push);
      // A draining socket only answers requests: its subscriptions have moved to the socket in use.
      else if (socket !== this.#connection.draining) this.#subscriptions.pushed(frame.push);
    } else if (frame.kind === 'reply') this.#replied(frame.reply, socket);
    // A function failed. API Gateway does not say which request it was, so each request without an answer is sent again.
    else if (frame.kind === 'gateway')
      for (const request of this.#requests.on(socket)) {
        // A second unsubscribe could end a subscription that was made after the first.
        if (request.kind !== 'unsubscribe') this.#retryLater(request);
      }
    // A newer server may send frames that are unknown here.
  }

  public timer(name: string): void {
    const [kind = '', rest = ''] = name.split(' ');
    if (kind === 'request') this.#expired(Number(rest));
    else if (kind === 'publish') this.#pingIfSilent(this.#publishes.expired(Number(rest), this.#connection.failure));
    else if (kind === 'retry') this.#retry(Number(rest));
    else if (!this.#subscriptions.timer(kind, rest)) this.#connection.timer(kind);
  }

  // --- requests

  #replied(reply: Reply, socket: number): void {
    const request = reply.id === null ? undefined : this.#requests.get(reply.id);
    if (request === undefined) return;
    const ms = this.world.now() - request.sentAt;
    if ('error' in reply) this.#refused(request, RealtimeError.fromWire(reply.error));
    else if (request.kind === 'subscribe') {
      this.#requests.forget(request);
      const ok = reply.ok as SubscribeOk;
      if (ok.region !== undefined) this.#connection.answeredBy(socket, ok.region);
      this.#subscriptions.subscribed(request, ok, socket);
    } else if (request.kind === 'sync') {
      this.#requests.forget(request);
      this.#subscriptions.synced(reply.ok as SyncOk, socket);
    } else if (request.kind === 'publish') this.#publishes.answered(request, reply.ok as PublishOk);
    else {
      this.#requests.resolve(request, reply.ok);
      this.#subscriptions.unsubscribed(request);
    }
    this.#connection.switchWhenReady();
    this.#connection.closeDrained();
    // Last, because a listener may unsubscribe or close: using the answer after that would undo it.
    this.emit({ type: 'latency', ms });
  }

  #refused(request: PendingRequest, error: RealtimeError): void {
    request.refusal = error;
    switch (error.retry) {
      case 'renew':
        // The request is sent again on a connection with a new token.
        this.#connection.renewToken(request.socket, error);
        return;
      case 'reconnect':
        if (request.socket !== undefined) this.#connection.replace(request.socket, error);
        return;
      case 'backoff':
        this.#retryLater(request);
        return;
      case 'never':
        if (request.kind === 'publish') {
          this.#publishes.refused(request, error);
          return;
        }
        this.#requests.reject(request, error);
        if (request.kind === 'subscribe') this.channel(request.channel).dispatch(detach, error);
        this.#subscriptions.unsubscribed(request);
    }
  }

  #retryLater({ id, tries }: PendingRequest): void {
    this.emit({ type: 'timer', name: `retry ${id}`, delay: backoff(tries, this.world.random()) });
  }

  #retry(id: number): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    const { active, successor, draining } = this.#connection;
    const other = [successor, draining].find((socket) => socket !== undefined && socket === request.socket);
    this.#requests.send(request, other ?? active);
  }

  /** A request has expired. A subscribe is sent again; a call of the application fails. */
  #expired(id: number): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    const { refusal, socket } = request;
    const cause = refusal ?? this.#connection.failure;
    this.#requests.reject(request, new RealtimeError('request_timeout', cause?.message, { cause }));
    if (request.kind === 'unsubscribe') {
      // The server may still handle it, even after a later subscribe. Only another connection is safe from that.
      if (socket !== undefined) this.#connection.replace(socket);
    } else if (request.kind === 'subscribe') {
      // The connection in use goes on without this successor, and another one is tried later.
      if (socket !== undefined && socket === this.#connection.successor) this.#connection.replace(socket);
      else this.channel(request.channel).dispatch(resubscribe);
    }
    this.#pingIfSilent(request);
    this.#connection.switchWhenReady();
  }

  /** Pings after a request without any answer: the connection may be dead long before it is closed. */
  #pingIfSilent(request: PendingRequest | undefined): void {
    if (request?.socket === undefined || request.refusal !== undefined) return;
    if (request.socket === this.#connection.active) this.#connection.ping();
  }
}
