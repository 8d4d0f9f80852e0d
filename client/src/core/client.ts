// The client as a state machine: inputs are method calls, effects are commands. No clock, no randomness, no socket here.
import {
  decodeServerFrame,
  MAX_SUBSCRIPTIONS,
  type MessagesPush,
  type PublishOk,
  RealtimeError,
  type Reply,
  type Rewind,
  type SubscribeOk,
  type SyncOk,
} from '../../../protocol';
import { backoff } from './backoff';
import { ChannelCore } from './channel';
import type { ConnectionState, CoreWorld, Emit } from './commands';
import { Connection } from './connection';
import { Outbox } from './outbox';
import { type CallKind, type PendingRequest, Requests } from './requests';
import { SyncSchedule } from './sync';

/** A subscribe that is not answered within this is sent again. Milliseconds. */
const SUBSCRIBE_WITHIN = 10_000;

export interface CoreOptions {
  /** Milliseconds until a call of the application fails. */
  readonly requestTimeout: number;
}

export class ClientCore {
  private readonly channels = new Map<string, ChannelCore>();
  private readonly requests: Requests;
  private readonly outbox: Outbox;
  private readonly connection: Connection;
  private readonly sync: SyncSchedule;

  public constructor(
    private readonly world: CoreWorld,
    private readonly emit: Emit,
    private readonly options: CoreOptions,
  ) {
    this.requests = new Requests(world, emit);
    this.outbox = new Outbox(this.requests, emit, () => this.connection.active);
    this.sync = new SyncSchedule(world, emit);
    this.connection = new Connection(world, emit, {
      used: (socket) => {
        this.sync.restart();
        for (const channel of this.wanted()) channel.resubscribe();
        this.requests.resendAll(socket);
        this.outbox.flush();
      },
      prepare: (socket) => {
        // The channel stays live on the old connection meanwhile; positions drop what comes twice.
        for (const channel of this.wanted()) this.subscribeFrame(channel.name, channel.cursorText, socket);
      },
      isReady: (socket) => !this.requests.hasSubscribeOn(socket),
      replaced: (old, socket) => {
        // The new one has answered what the old one was still asked for.
        const ended = this.requests.drop(old);
        this.requests.resendAll(socket);
        for (const request of ended) this.unsubscribed(request);
      },
      gone: (socket) => {
        this.requests.drop(socket);
      },
      lost: () => {
        this.sync.stop();
        for (const channel of this.channels.values()) channel.suspend();
      },
    });
  }

  public get state(): ConnectionState {
    return this.connection.state;
  }

  // --- what the application asks for

  public connect(): void {
    if (this.state === 'initialized') this.connection.start();
  }

  public close(): void {
    if (this.state === 'closed') return;
    this.connection.close();
    this.sync.stop();
    this.requests.rejectAll(new RealtimeError('client_closed'));
    this.outbox.rejectAll(new RealtimeError('client_closed'));
    for (const channel of this.channels.values()) channel.detach();
    this.emit({ type: 'state', state: 'closed' });
  }

  public channel(name: string): ChannelCore {
    let channel = this.channels.get(name);
    if (channel === undefined) {
      const link = {
        subscribe: (one: string, cursor: string | undefined, socket?: number): void => {
          // Without a connection, connecting subscribes. A successor must have what the socket in use has.
          const sockets = socket === undefined ? this.connection.open : [socket];
          for (const each of sockets) this.subscribeFrame(one, cursor, each);
        },
      };
      channel = new ChannelCore(name, link, this.emit);
      this.channels.set(name, channel);
    }
    return channel;
  }

  /** @param rewind how far back to begin, if the channel has no cursor yet */
  public subscribe(name: string, rewind?: Rewind): void {
    const channel = this.channel(name);
    if (this.state === 'closed') {
      const reason = new RealtimeError('client_closed');
      this.emit({ type: 'channelState', channel: name, state: 'detached', reason });
    } else if (!channel.wanted) {
      channel.wanted = true;
      channel.rewind = rewind;
      this.connect();
      channel.resubscribe();
    }
  }

  public unsubscribe(name: string, call: number): void {
    this.channel(name).detach();
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
      if (kind === 'publish') this.outbox.add(channel, fields.messages, call, timeout);
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
    if (this.sync.setVisible(visible)) this.askForAll();
  }

  // --- what the world tells

  public tokenReady(attempt: number, token: string): void {
    this.connection.tokenReady(attempt, token);
  }

  public tokenFailed(attempt: number, cause: unknown): void {
    this.connection.tokenFailed(attempt, cause);
  }

  public opened(socket: number): void {
    this.connection.opened(socket);
  }

  public closed(socket: number, reason?: Error): void {
    this.connection.closed(socket, reason);
  }

  public received(socket: number, text: string): void {
    if (!this.connection.heard(socket)) return;
    const frame = decodeServerFrame(text);
    if (frame.kind === 'push') this.pushed(frame.push);
    else if (frame.kind === 'reply') this.replied(frame.reply, socket);
    // A function failed, and API Gateway does not say at which request: whatever gets no answer soon is sent again.
    else if (frame.kind === 'gateway') for (const request of this.requests.on(socket)) this.retryLater(request);
    // Unknown frames may come from a newer server.
  }

  public timer(name: string): void {
    const [kind = '', rest = ''] = name.split(' ');
    if (kind === 'gap') this.channels.get(rest)?.repair();
    else if (kind === 'pending') this.channels.get(rest)?.resubscribe();
    else if (kind === 'request') this.expired(Number(rest));
    else if (kind === 'publish') this.silent(this.outbox.expired(Number(rest), this.connection.failure));
    else if (kind === 'retry') this.retry(Number(rest));
    else if (kind === 'sync') this.askForAll();
    else this.connection.timer(kind);
  }

  // --- requests

  private wanted(): readonly ChannelCore[] {
    return [...this.channels.values()].filter(({ wanted }) => wanted);
  }

  private subscribeFrame(channel: string, cursor: string | undefined, socket: number): void {
    // The server may take up two requests at once: subscribing must wait until unsubscribing is done.
    if (this.requests.hasUnsubscribe(channel)) return;
    this.requests.dropSubscribes((one) => one.channel === channel && one.socket === socket);
    const rewind = this.channels.get(channel)?.rewind;
    const fields = cursor !== undefined ? { cursor } : rewind === undefined ? {} : { rewind };
    const request = this.requests.add('subscribe', channel, fields, SUBSCRIBE_WITHIN, undefined);
    this.requests.send(request, socket);
  }

  /** Asks what came since the cursors of all channels that are live. */
  private askForAll(): void {
    const { active } = this.connection;
    if (active === undefined) return;
    this.sync.restart();
    const live = this.wanted().flatMap(({ name, state, cursorText }) =>
      state === 'live' && cursorText !== undefined ? [[name, cursorText] as const] : [],
    );
    for (let at = 0; at < live.length; at += MAX_SUBSCRIPTIONS) {
      const channels = Object.fromEntries(live.slice(at, at + MAX_SUBSCRIPTIONS));
      this.requests.send(this.requests.add('sync', '', { channels }, SUBSCRIBE_WITHIN, undefined), active);
    }
  }

  private synced({ channels }: SyncOk, socket: number): void {
    for (const [name, answer] of Object.entries(channels)) {
      const channel = this.channels.get(name);
      if (!('error' in answer)) channel?.synced(answer);
      else if (answer.error.retry === 'never') channel?.detach(RealtimeError.fromWire(answer.error));
      // The token is over, whatever this clock says. Anything else may have passed by the next time.
      else if (answer.error.retry === 'renew') this.connection.renew(socket, RealtimeError.fromWire(answer.error));
    }
  }

  private pushed(push: MessagesPush): void {
    const channel = this.channels.get(push.channel);
    if (channel?.wanted === true) channel.push(push);
    // Unsubscribing overtook a subscribe at the server, which now sends in vain: told again.
    else if (!this.requests.hasUnsubscribe(push.channel)) {
      const request = this.requests.add('unsubscribe', push.channel, {}, SUBSCRIBE_WITHIN, undefined);
      this.requests.send(request, this.connection.active);
    }
  }

  private replied(reply: Reply, socket: number): void {
    const request = reply.id === null ? undefined : this.requests.get(reply.id);
    if (request === undefined) return;
    const ms = this.world.now() - request.sentAt;
    if ('error' in reply) this.refused(request, RealtimeError.fromWire(reply.error));
    else if (request.kind === 'subscribe') {
      this.requests.forget(request);
      this.subscribed(request, reply.ok as SubscribeOk, socket);
    } else if (request.kind === 'sync') {
      this.requests.forget(request);
      this.synced(reply.ok as SyncOk, socket);
    } else if (request.kind === 'publish') this.outbox.answered(request, reply.ok as PublishOk);
    else {
      this.requests.resolve(request, reply.ok);
      this.unsubscribed(request);
    }
    this.connection.switchWhenReady();
    // Last: a listener may unsubscribe or close, which an answer that is used after it would undo.
    this.emit({ type: 'latency', ms });
  }

  private subscribed({ channel: name, resumes }: PendingRequest, ok: SubscribeOk, socket: number): void {
    const channel = this.channels.get(name);
    try {
      channel?.subscribed(ok, resumes, socket);
    } catch (error) {
      // A cursor of a version to come: better to say so than to stand still.
      if (!(error instanceof RealtimeError)) throw error;
      channel?.detach(error);
    }
  }

  /** Who subscribed again while unsubscribing was on its way gets his turn. */
  private unsubscribed({ kind, channel: name }: PendingRequest): void {
    const channel = this.channels.get(name);
    if (kind === 'unsubscribe' && channel?.wanted === true && !this.requests.hasUnsubscribe(name)) {
      channel.resubscribe();
    }
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
        if (request.kind === 'subscribe') this.channels.get(request.channel)?.detach(error);
        this.unsubscribed(request);
    }
  }

  private retryLater({ id, tries }: PendingRequest): void {
    this.emit({ type: 'timer', name: `retry ${id}`, delay: backoff(tries, this.world.random()) });
  }

  private retry(id: number): void {
    const request = this.requests.get(id);
    if (request === undefined) return;
    const { active, successor } = this.connection;
    this.requests.send(request, request.socket === successor ? successor : active);
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
      else this.channels.get(request.channel)?.resubscribe();
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
