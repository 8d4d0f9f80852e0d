// Opens the first of several addresses that can be opened ("happy eyeballs", as in RFC 8305).
import { RealtimeError } from '../../protocol';
import type { WebSocketLike } from './options';

/**
 * Time until the next address is tried besides one that is not open yet. A handshake usually ends within it, even with an authorizer
 * in another region and a cold start. Each further attempt uses up another region's quota of new connections. After a failure, the
 * next address is tried at once. Milliseconds.
 */
const HEAD_START = 1_500;

/** Gets the result, once. */
export interface ConnectListener {
  opened(socket: WebSocketLike, url: string): void;
  /** @param reason why the WebSocket could not be created, if that was the last failure */
  failed(reason: Error | undefined): void;
}

/** Connects to the addresses in their order, until the first one is open. */
export class HappyEyeballs {
  readonly #connecting = new Set<WebSocketLike>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Number of addresses that were tried. */
  #tried = 0;
  #isOver = false;

  public constructor(
    private readonly urls: readonly string[],
    private readonly connect: (url: string) => WebSocketLike,
    private readonly listener: ConnectListener,
  ) {}

  /** Tries the next address. */
  public readonly start = (): void => {
    clearTimeout(this.#timer);
    const url = this.urls[this.#tried];
    if (this.#isOver || url === undefined) return;
    this.#tried += 1;
    let socket: WebSocketLike;
    try {
      socket = this.connect(url);
    } catch (cause) {
      this.#failed(new RealtimeError('connect_failed', String(cause), { cause }));
      return;
    }
    this.#connecting.add(socket);
    socket.onopen = (): void => {
      if (this.#isOver) return;
      this.#connecting.delete(socket);
      this.close();
      this.listener.opened(socket, url);
    };
    socket.onclose = (): void => {
      if (this.#connecting.delete(socket)) this.#failed(undefined);
    };
    // A close event follows every error. Browsers hide the cause. The handler stays, because closing a socket that is not open yet
    // causes an error as well.
    socket.onerror = (): void => undefined;
    if (this.#tried < this.urls.length) this.#timer = setTimeout(this.start, HEAD_START);
  };

  /** Closes all sockets that are connecting. The listener gets no result. */
  public close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    const rest = [...this.#connecting];
    this.#connecting.clear();
    for (const socket of rest) socket.close(1000);
  }

  #failed(reason: Error | undefined): void {
    if (this.#isOver) return;
    if (this.#tried < this.urls.length) this.start();
    else if (this.#connecting.size === 0) {
      this.close();
      this.listener.failed(reason);
    }
  }
}
