// The client as a state machine: inputs are method calls, effects are commands. No clock, no randomness, no socket here.
import {
  decodeServerFrame,
  type PublishOk,
  RealtimeError,
  type Reply,
  type Rewind,
  type SubscribeOk,
  type SyncOk,
} from '../../../protocol';
import { backoff } from './connection/backoff';
import type { ChannelCore } from './channel/channel';
import { detach, subscribe } from './channel/channel-step';
import { resubscribe } from './channel/transitions';
import type { ConnectionState, CoreWorld, Emit } from './effects';
import { Connection } from './connection/connection';
import { Endpoints } from './connection/endpoints';
import { Outbox } from './publish/publish-queue';
import { type CallKind, type PendingRequest, Requests } from './requests';
import { Subscriptions } from './channel/subscriptions';

export interface CoreOptions {
  /** Milliseconds until a call of the application fails. */
  readonly requestTimeout: number;
  /** The network's main address, then the others. */
  readonly urls: readonly [string, ...string[]];
}

export class ClientCore {
  private readonly requests: Requests;
  private readonly outbox: Outbox;
  private readonly subscriptions: Subscriptions;
  private readonly connection: Connection;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly options: CoreOptions,
  ) {
    this.requests = new Requests(world, emit);
    this.outbox = new Outbox(this.requests, emit, () => this.connection.active);
    this.subscriptions = new Subscriptions(world, emit, this.requests, () => this.connection);
    this.connection = new Connection(world, emit, new Endpoints(world, options.urls), {
      used: (socket) => {
        this.subscriptions.used();
        this.requests.resendAll(socket, this.connection.leaving);
        this.outbox.flush();
      },
      prepare: (socket) => {
        this.subscriptions.prepare(socket);
      },
      isReady: (socket) => !this.requests.hasSubscribeOn(socket),
      isOwed: (socket) => this.requests.on(socket).some(({ kind }) => kind === 'publish'),
      replaced: (old, socket) => {
        // The new one has answered what the old one was still asked for.
        const ended = this.requests.drop(old);
        this.requests.resendAll(socket, this.connection.leaving);
        for (const request of ended) this.subscriptions.unsubscribed(request);
      },
      left: (socket) => {
        this.requests.resendAll(socket);
      },
      gone: (socket) => {
        this.requests.drop(socket);
      },
      lost: () => {
        this.subscriptions.suspend();
      },
    });
  }

  public get state(): ConnectionState {
    return this.connection.state;
  }

  public get region(): string | undefined {
    return this.connection.region;
  }

  // --- what the application asks for

  public connect(): void {
    if (this.state === 'initialized') this.connection.start();
  }

  public close(): void {
    if (this.state === 'closed') return;
    this.connection.close();
    this.requests.rejectAll(new RealtimeError('client_closed'));
    this.outbox.rejectAll(new RealtimeError('client_closed'));
    this.subscriptions.close();
    this.emit({ type: 'state', state: 'closed' });
  }

  public channel(name: string): ChannelCore {
    return this.subscriptions.channel(name);
  }

  /** @param rewind how far back to begin, if the channel has no cursor yet */
  public subscribe(name: string, rewind?: Rewind): void {
    const channel = this.channel(name);
    if (this.state === 'closed') {
      const reason = new RealtimeError('client_closed');
      this.emit({ type: 'channelState', channel: name, state: 'detached', reason });
    } else if (!channel.isWanted) {
      this.connect();
      channel.dispatch(subscribe, rewind);
    }
  }

  public unsubscribe(name: string, call: number): void {
    this.channel(name).dispatch(detach);
    this.requests.dropSubscribes(({ channel }) => channel === name);
    // Without a connection there is nothing to end: the next one does not subscribe.
    if (this.connection.active === undefined) this.emit({ type: 'resolve', call, value: undefined });
    else this.call('unsubscribe', name, {}, call);
  }

  /** Sends a request of the application; its answer settles the call. */
  public call(
    kind: CallKind | 'publish',
    channel: string,
    fields: Readonly<Record<string, unknown>>,
    call: number,
    timeout = this.options.requestTimeout,
  ): void {
    if (this.state === 'closed') {
      this.emit({ type: 'reject', call, error: new RealtimeError('client_closed') });
      return;
    }
    let request: PendingRequest | undefined;
    try {
      if (kind === 'publish') this.outbox.add(channel, fields, call, timeout);
      else request = this.requests.add(kind, channel, fields, timeout, call);
    } catch (cause) {
      const unwritable = (): RealtimeError => new RealtimeError('message_invalid', String(cause), { cause });
      this.emit({ type: 'reject', call, error: cause instanceof RealtimeError ? cause : unwritable() });
      return;
    }
    this.connect();
    if (request === undefined) this.outbox.flush([channel]);
    else this.requests.send(request, this.connection.active);
  }

  /** Breaks the connection off, and makes a new one: when the application knows that the network changed. */
  public reconnect(): void {
    this.connection.reconnect();
  }

  /** Whether anybody looks: while nobody does, nothing is asked for now and then; afterwards, at once. */
  public setVisible(visible: boolean): void {
    this.subscriptions.setVisible(visible);
  }

  // --- what the world tells

  public tokenReady(attempt: number, token: string): void {
    this.connection.tokenReady(attempt, token);
  }

  public tokenFailed(attempt: number, cause: unknown): void {
    this.connection.tokenFailed(attempt, cause);
  }

  /** @param url which of the addresses it has */
  public opened(socket: number, url: string): void {
    this.connection.opened(socket, url);
  }

  public closed(socket: number, reason?: Error): void {
    this.connection.closed(socket, reason);
  }

  public received(socket: number, text: string): void {
    if (!this.connection.heard(socket)) return;
    const frame = decodeServerFrame(text);
    if (frame.kind === 'push') {
      if (frame.push.push === 'move') this.connection.moveAway(socket, frame.push);
      // What is subscribed is up to the socket in use, once another is only waited for.
      else if (socket !== this.connection.leaving) this.subscriptions.pushed(frame.push);
    } else if (frame.kind === 'reply') this.replied(frame.reply, socket);
    // A function failed, and API Gateway does not say at which request: whatever gets no answer soon is sent again.
    else if (frame.kind === 'gateway')
      for (const request of this.requests.on(socket)) {
        // Carried out twice, the second might end a subscription that has begun since.
        if (request.kind !== 'unsubscribe') this.retryLater(request);
      }
    // Unknown frames may come from a newer server.
  }

  public timer(name: string): void {
    const [kind = '', rest = ''] = name.split(' ');
    if (kind === 'request') this.expired(Number(rest));
    else if (kind === 'publish') this.silent(this.outbox.expired(Number(rest), this.connection.failure));
    else if (kind === 'retry') this.retry(Number(rest));
    else if (!this.subscriptions.timer(kind, rest)) this.connection.timer(kind);
  }

  // --- requests

  private replied(reply: Reply, socket: number): void {
    const request = reply.id === null ? undefined : this.requests.get(reply.id);
    if (request === undefined) return;
    const ms = this.world.now() - request.sentAt;
    if ('error' in reply) this.refused(request, RealtimeError.fromWire(reply.error));
    else if (request.kind === 'subscribe') {
      this.requests.forget(request);
      const ok = reply.ok as SubscribeOk;
      if (ok.region !== undefined) this.connection.answeredBy(socket, ok.region);
      this.subscriptions.subscribed(request, ok, socket);
    } else if (request.kind === 'sync') {
      this.requests.forget(request);
      this.subscriptions.synced(reply.ok as SyncOk, socket);
    } else if (request.kind === 'publish') this.outbox.answered(request, reply.ok as PublishOk);
    else {
      this.requests.resolve(request, reply.ok);
      this.subscriptions.unsubscribed(request);
    }
    this.connection.switchWhenReady();
    this.connection.leaveWhenDone();
    // Last: a listener may unsubscribe or close, which an answer that is used after it would undo.
    this.emit({ type: 'latency', ms });
  }

  private refused(request: PendingRequest, error: RealtimeError): void {
    request.refusal = error;
    switch (error.retry) {
      case 'renew':
        // The token is over: a connection with a new one takes this request with it.
        this.connection.renew(request.socket, error);
        return;
      case 'reconnect':
        if (request.socket !== undefined) this.connection.giveUp(request.socket, error);
        return;
      case 'backoff':
        this.retryLater(request);
        return;
      case 'never':
        if (request.kind === 'publish') {
          this.outbox.refused(request, error);
          return;
        }
        this.requests.reject(request, error);
        if (request.kind === 'subscribe') this.channel(request.channel).dispatch(detach, error);
        this.subscriptions.unsubscribed(request);
    }
  }

  private retryLater({ id, tries }: PendingRequest): void {
    this.emit({ type: 'timer', name: `retry ${id}`, delay: backoff(tries, this.world.random()) });
  }

  private retry(id: number): void {
    const request = this.requests.get(id);
    if (request === undefined) return;
    const { active, successor, leaving } = this.connection;
    const other = [successor, leaving].find((socket) => socket !== undefined && socket === request.socket);
    this.requests.send(request, other ?? active);
  }

  /** A request had its time. A subscribe is sent again; a call of the application fails. */
  private expired(id: number): void {
    const request = this.requests.get(id);
    if (request === undefined) return;
    const { refusal, socket } = request;
    const cause = refusal ?? this.connection.failure;
    this.requests.reject(request, new RealtimeError('request_timeout', cause?.message, { cause }));
    if (request.kind === 'unsubscribe') {
      // It may yet be carried out, after a subscribe that follows: only another connection is safe from it.
      if (socket !== undefined) this.connection.giveUp(socket);
    } else if (request.kind === 'subscribe') {
      // A successor that does not answer is none: the connection in use goes on, and another is tried later.
      if (socket !== undefined && socket === this.connection.successor) this.connection.giveUp(socket);
      else this.channel(request.channel).dispatch(resubscribe);
    }
    this.silent(request);
    this.connection.switchWhenReady();
  }

  /** Nothing came in answer to a request: the connection may be dead, long before it ends. */
  private silent(request: PendingRequest | undefined): void {
    if (request?.socket === undefined || request.refusal !== undefined) return;
    if (request.socket === this.connection.active) this.connection.ping();
  }
}
