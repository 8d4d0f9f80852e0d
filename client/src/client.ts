import {
  type HistoryOk,
  parseChannel,
  printable,
  type PublishOk,
  RealtimeError,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '../../protocol';
import { Channel, type ChannelPort } from './channel';
import { ClientCore } from './core/client';
import type { Command, ConnectionState } from './core/commands';
import { Emitter } from './emitter';

/** What the client uses of a WebSocket: the browser's, Node's, or that of the package `ws`. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

export interface RealtimeClientOptions {
  /** The network's WebSocket address, `wss://…`. */
  readonly url: string;
  /** The token, or a function that gets a fresh one from your backend; it is asked before every connection. */
  readonly token: string | (() => string | Promise<string>);
  /** Milliseconds until a call fails with `request_timeout`. @default 10000 */
  readonly requestTimeout?: number;
  /** The WebSocket to use; before Node 22, give that of the package `ws`. @default - the global one */
  readonly webSocket?: WebSocketConstructor;
}

/** What a client's listeners are told. */
export interface ClientEvents {
  /** Where the connection stands; with the reason when it was lost. */
  state: readonly [ConnectionState, Error | undefined];
  /** Milliseconds from a request to its answer. */
  latency: readonly [number];
}

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * A connection to a cdk-realtime network. It connects with the first call, reconnects by itself, and moves to a new
 * connection before the old one ends (API Gateway ends each after 2 hours); channels resume where they were.
 */
export class RealtimeClient extends Emitter<ClientEvents> {
  private readonly core: ClientCore;
  private readonly webSocket: WebSocketConstructor;
  private readonly channels = new Map<string, Channel>();
  private readonly sockets = new Map<number, WebSocketLike>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly calls = new Map<number, Call>();
  private lastCall = 0;
  private lastLatency: number | undefined;
  private stopWatching: () => void = () => undefined;

  public constructor(private readonly options: RealtimeClientOptions) {
    super();
    // Plain JavaScript may leave out what the types ask for.
    const { url, token } = (options as Partial<RealtimeClientOptions> | undefined) ?? {};
    if (typeof url !== 'string' || !/^wss?:\/\/[^\s#]+$/i.test(url)) {
      throw new RealtimeError('connect_failed', `\`url\` must be wss://… (or ws://…), got: ${printable(url)}.`);
    }
    if (typeof token !== 'string' && typeof token !== 'function') {
      throw new RealtimeError('token_missing', '`token` must be a text, or a function that returns one.');
    }
    // Not every Node has one, whatever its types say.
    const webSocket = options.webSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
    if (webSocket === undefined) {
      throw new RealtimeError(
        'connect_failed',
        'There is no global WebSocket here: give one as `webSocket`, for example that of the package ws.',
      );
    }
    this.webSocket = webSocket;
    const world = {
      now: () => performance.now(),
      wallClock: () => Date.now(),
      random: () => Math.random(),
      id: () => crypto.randomUUID(),
    };
    this.core = new ClientCore(
      world,
      (command) => {
        this.run(command);
      },
      { requestTimeout: options.requestTimeout ?? 10_000 },
    );
    this.watchVisibility();
  }

  /** Where the connection stands. */
  public get state(): ConnectionState {
    return this.core.state;
  }

  /** Milliseconds from the last answered request to its answer; undefined before the first. */
  public get latency(): number | undefined {
    return this.lastLatency;
  }

  /** Connects now, rather than with the first call. */
  public connect(): void {
    this.core.connect();
  }

  /**
   * A channel by its name; the same object for the same name.
   *
   * @param options a cursor that was kept: where to resume
   * @throws RealtimeError channel_name_invalid or cursor_invalid
   */
  public channel(name: string, options: { readonly cursor?: string } = {}): Channel {
    parseChannel(name);
    if (options.cursor !== undefined) this.core.channel(name).restore(options.cursor);
    let channel = this.channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name, this.port());
      this.channels.set(name, channel);
    }
    return channel;
  }

  /** Breaks the connection off and makes a new one: when you know that the network has changed. */
  public reconnect(): void {
    this.core.reconnect();
  }

  /** Ends the connection for good; calls under way fail with `client_closed`. */
  public close(): void {
    this.stopWatching();
    this.core.close();
  }

  /** In a browser: while nobody looks at the page, nothing is asked for now and then. */
  private watchVisibility(): void {
    const page = (globalThis as { document?: Document }).document;
    if (page === undefined) return;
    const look = (): void => {
      this.core.setVisible(page.visibilityState !== 'hidden');
    };
    // A page may be opened in the background.
    look();
    page.addEventListener('visibilitychange', look);
    // A page may make many clients: it must not keep those that are closed.
    this.stopWatching = (): void => {
      page.removeEventListener('visibilitychange', look);
    };
  }

  private port(): ChannelPort {
    const { core } = this;
    return {
      subscribe: (channel, rewind) => {
        core.subscribe(channel, rewind);
      },
      unsubscribe: (channel) =>
        this.call<undefined>((call) => {
          core.unsubscribe(channel, call);
        }).then(() => undefined),
      publish: (channel, messages, { timeout, retry }) =>
        this.call<PublishOk>((call) => {
          core.call('publish', channel, { messages, retry }, call, timeout);
        }),
      history: (channel, options) =>
        this.call<HistoryOk>((call) => {
          core.call('history', channel, { ...options }, call);
        }),
      cursorOf: (channel) => core.channel(channel).cursorText,
      stateOf: (channel) => core.channel(channel).state,
      newId: () => crypto.randomUUID(),
    };
  }

  private call<T>(start: (call: number) => void): Promise<T> {
    this.lastCall += 1;
    const call = this.lastCall;
    return new Promise<T>((resolve, reject) => {
      this.calls.set(call, { resolve: resolve, reject });
      start(call);
    });
  }

  /** Carries out what the core decided. */
  private run(command: Command): void {
    switch (command.type) {
      case 'fetchToken':
        void this.fetchToken(command.attempt);
        break;
      case 'open':
        this.open(command.socket, command.token);
        break;
      case 'send':
        this.sockets.get(command.socket)?.send(command.text);
        break;
      case 'close':
        this.closeSocket(command.socket);
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
        this.settle(command.call)?.resolve(command.value);
        break;
      case 'reject':
        this.settle(command.call)?.reject(command.error);
        break;
      case 'state':
        this.emit('state', command.state, command.reason);
        break;
      case 'channelState':
        this.channels.get(command.channel)?.emit('state', command.state, command.reason);
        break;
      case 'message':
        this.channels.get(command.message.channel)?.emit('message', command.message);
        break;
      case 'gap':
        this.channels.get(command.gap.channel)?.emit('gap', command.gap);
        break;
      case 'verdict':
        this.channels.get(command.event.channel)?.emit('verdict', command.event);
        break;
      case 'latency':
        this.lastLatency = command.ms;
        this.emit('latency', command.ms);
    }
  }

  private readonly fire = (name: string): void => {
    this.timers.delete(name);
    this.core.timer(name);
  };

  private settle(call: number): Call | undefined {
    const settled = this.calls.get(call);
    this.calls.delete(call);
    return settled;
  }

  private async fetchToken(attempt: number): Promise<void> {
    const { token } = this.options;
    try {
      this.core.tokenReady(attempt, typeof token === 'string' ? token : await token());
    } catch (error) {
      this.core.tokenFailed(attempt, error);
    }
  }

  private open(id: number, token: string): void {
    let socket: WebSocketLike;
    try {
      socket = new this.webSocket(this.options.url, [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL_PREFIX}${token}`]);
    } catch (cause) {
      // An address, or a token, that no WebSocket takes.
      this.core.closed(id, new RealtimeError('connect_failed', String(cause), { cause }));
      return;
    }
    this.sockets.set(id, socket);
    socket.onopen = (): void => {
      this.core.opened(id);
    };
    socket.onmessage = (event: { data: unknown }): void => {
      if (typeof event.data === 'string') this.core.received(id, event.data);
    };
    socket.onclose = (): void => {
      this.sockets.delete(id);
      this.core.closed(id);
    };
    // A close follows every error, and tells as much: browsers keep the cause to themselves.
    socket.onerror = (): void => undefined;
  }

  private closeSocket(id: number): void {
    const socket = this.sockets.get(id);
    this.sockets.delete(id);
    socket?.close(1000);
  }
}
