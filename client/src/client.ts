import { type HistoryOk, parseChannel, type PublishOk, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../protocol';
import { Channel, type ChannelPort } from './channel';
import { ClientCore } from './core/client';
import type { Command, ConnectionState } from './core/effects';
import { Emitter } from './emitter';
import { readOptions, type RealtimeClientOptions, type WebSocketConstructor, type WebSocketLike } from './options';
import { HappyEyeballs } from './happy-eyeballs';

/** Events of a client. */
export interface ClientEvents {
  /** The state of the connection changed; with the reason when it was lost. */
  state: readonly [ConnectionState, Error | undefined];
  /** Another region answers: after the first subscribe, and when the connection moved to another region. */
  region: readonly [string];
  /** A request was answered; with the milliseconds since it was sent. */
  latency: readonly [number];
}

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * A connection to a cdk-realtime network. It connects with the first call and reconnects by itself. It replaces the connection
 * before API Gateway ends it after 2 hours. Channels resume where they were.
 */
export class RealtimeClient extends Emitter<ClientEvents> {
  readonly #core: ClientCore;
  readonly #webSocket: WebSocketConstructor;
  readonly #channels = new Map<string, Channel>();
  readonly #connecting = new Map<number, HappyEyeballs>();
  readonly #sockets = new Map<number, WebSocketLike>();
  // Not `#`: tests end waits of minutes through `timers` and `fire`.
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #calls = new Map<number, Call>();
  #lastCall = 0;
  #lastLatency: number | undefined;
  #stopWatching: () => void = () => undefined;

  public constructor(private readonly options: RealtimeClientOptions) {
    super();
    const { urls, webSocket } = readOptions(options);
    this.#webSocket = webSocket;
    const world = {
      now: () => performance.now(),
      wallClock: () => Date.now(),
      random: () => Math.random(),
    };
    this.#core = new ClientCore(
      world,
      (command) => {
        this.#run(command);
      },
      { requestTimeout: options.requestTimeout ?? 10_000, urls },
    );
    this.#watchVisibility();
  }

  /** State of the connection. */
  public get state(): ConnectionState {
    return this.#core.state;
  }

  /** The connected region, according to the last answer to a subscribe; undefined before the first. */
  public get region(): string | undefined {
    return this.#core.region;
  }

  /** Milliseconds that the last answered request took; undefined before the first answer. */
  public get latency(): number | undefined {
    return this.#lastLatency;
  }

  /** Connects now instead of with the first call. */
  public connect(): void {
    this.#core.connect();
  }

  /**
   * Returns the channel of a name: each time the same object.
   *
   * @param options.cursor a stored cursor to resume from; ignored if the channel has a cursor already
   * @throws RealtimeError channel_name_invalid or cursor_invalid
   */
  public channel(name: string, options: { readonly cursor?: string } = {}): Channel {
    parseChannel(name);
    if (options.cursor !== undefined) this.#core.channel(name).restore(options.cursor);
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name, this.#port());
      this.#channels.set(name, channel);
    }
    return channel;
  }

  /** Closes the connection and makes a new one. Call it when you know that the network has changed. */
  public reconnect(): void {
    this.#core.reconnect();
  }

  /** Closes the connection for good. Calls without an answer fail with `client_closed`. */
  public close(): void {
    this.#stopWatching();
    this.#core.close();
  }

  /** In a browser, stops the periodic syncs while the page is hidden. */
  #watchVisibility(): void {
    const page = (globalThis as { document?: Document }).document;
    if (page === undefined) return;
    const update = (): void => {
      this.#core.setVisible(page.visibilityState !== 'hidden');
    };
    // A page may be opened in the background.
    update();
    page.addEventListener('visibilitychange', update);
    // The page must not keep a closed client in memory.
    this.#stopWatching = (): void => {
      page.removeEventListener('visibilitychange', update);
    };
  }

  #port(): ChannelPort {
    const core = this.#core;
    return {
      subscribe: (channel, rewind) => {
        core.subscribe(channel, rewind);
      },
      unsubscribe: (channel) =>
        this.#call<undefined>((call) => {
          core.unsubscribe(channel, call);
        }).then(() => undefined),
      publish: (channel, messages, { timeout, retry }) =>
        this.#call<PublishOk>((call) => {
          core.call({ kind: 'publish', channel, fields: { messages, retry }, call, timeout });
        }),
      history: (channel, options) =>
        this.#call<HistoryOk>((call) => {
          core.call({ kind: 'history', channel, fields: { ...options }, call });
        }),
      cursorOf: (channel) => core.channel(channel).cursorText,
      stateOf: (channel) => core.channel(channel).state,
      newId: () => crypto.randomUUID(),
    };
  }

  #call<T>(start: (call: number) => void): Promise<T> {
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise<T>((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      start(call);
    });
  }

  /** Carries out an effect of the core. */
  #run(command: Command): void {
    switch (command.type) {
      case 'fetchToken':
        void this.#fetchToken(command.attempt);
        break;
      case 'open':
        this.#open(command.socket, command.token, command.urls);
        break;
      case 'send':
        this.#sockets.get(command.socket)?.send(command.text);
        break;
      case 'close':
        this.#closeSocket(command.socket);
        break;
      case 'timer':
        clearTimeout(this.timers.get(command.name));
        this.timers.set(command.name, setTimeout(this.fire, command.delay, command.name));
        break;
      case 'cancel':
        clearTimeout(this.timers.get(command.name));
        this.timers.delete(command.name);
        break;
      case 'resolve':
        this.#settle(command.call)?.resolve(command.value);
        break;
      case 'reject':
        this.#settle(command.call)?.reject(command.error);
        break;
      case 'state':
        this.emit('state', command.state, command.reason);
        break;
      case 'region':
        this.emit('region', command.region);
        break;
      case 'channelState':
        this.#channels.get(command.channel)?.emit('state', command.state, command.reason);
        break;
      case 'message':
        this.#channels.get(command.message.channel)?.emit('message', command.message);
        break;
      case 'gap':
        this.#channels.get(command.gap.channel)?.emit('gap', command.gap);
        break;
      case 'verdict':
        this.#channels.get(command.event.channel)?.emit('verdict', command.event);
        break;
      case 'latency':
        this.#lastLatency = command.ms;
        this.emit('latency', command.ms);
    }
  }

  private readonly fire = (name: string): void => {
    this.timers.delete(name);
    this.#core.timer(name);
  };

  #settle(call: number): Call | undefined {
    const settled = this.#calls.get(call);
    this.#calls.delete(call);
    return settled;
  }

  async #fetchToken(attempt: number): Promise<void> {
    const { token } = this.options;
    try {
      this.#core.tokenReady(attempt, typeof token === 'string' ? token : await token());
    } catch (error) {
      this.#core.tokenFailed(attempt, error);
    }
  }

  #open(id: number, token: string, urls: readonly string[]): void {
    const connect = (url: string): WebSocketLike =>
      new this.#webSocket(url, [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL_PREFIX}${token}`]);
    const attempt = new HappyEyeballs(urls, connect, {
      opened: (socket, url) => {
        this.#connecting.delete(id);
        this.#use(id, socket);
        this.#core.opened(id, url);
      },
      failed: (reason) => {
        this.#connecting.delete(id);
        this.#core.closed(id, reason);
      },
    });
    this.#connecting.set(id, attempt);
    attempt.start();
  }

  #use(id: number, socket: WebSocketLike): void {
    this.#sockets.set(id, socket);
    socket.onmessage = (event: { data: unknown }): void => {
      if (typeof event.data === 'string') this.#core.received(id, event.data);
    };
    socket.onclose = (): void => {
      this.#sockets.delete(id);
      this.#core.closed(id);
    };
  }

  #closeSocket(id: number): void {
    this.#connecting.get(id)?.close();
    this.#connecting.delete(id);
    const socket = this.#sockets.get(id);
    this.#sockets.delete(id);
    socket?.close(1000);
  }
}
