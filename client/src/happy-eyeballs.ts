// Opens the first of several addresses that can be opened ("happy eyeballs", as in RFC 8305).
import { RealtimeError } from '../../protocol';
import type { WebSocketLike } from './options';

/**
 * How long an address is waited for before the next one is tried beside it. A handshake with an authorizer in another region, and
 * a cold start, usually ends within; each one more is a connect of another region's quota. One that fails is not waited for.
 * Milliseconds.
 */
const HEAD_START = 1_500;

/** Who is told how a race ends: one of the two, once. */
export interface RaceEnd {
  opened(socket: WebSocketLike, url: string): void;
  /** @param reason of the last one, when it was an address, or a token, that no WebSocket takes */
  failed(reason: Error | undefined): void;
}

/** Tries addresses in their order, each a moment after the one before, or at once when that fails. */
export class Race {
  readonly #running = new Set<WebSocketLike>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started = 0;
  #isOver = false;

  public constructor(
    private readonly urls: readonly string[],
    private readonly connect: (url: string) => WebSocketLike,
    private readonly end: RaceEnd,
  ) {}

  /** Tries the next one. */
  public readonly start = (): void => {
    clearTimeout(this.#timer);
    const url = this.urls[this.#started];
    if (this.#isOver || url === undefined) return;
    this.#started += 1;
    let socket: WebSocketLike;
    try {
      socket = this.connect(url);
    } catch (cause) {
      this.#lost(new RealtimeError('connect_failed', String(cause), { cause }));
      return;
    }
    this.#running.add(socket);
    socket.onopen = (): void => {
      if (this.#isOver) return;
      this.#running.delete(socket);
      this.close();
      this.end.opened(socket, url);
    };
    socket.onclose = (): void => {
      if (this.#running.delete(socket)) this.#lost(undefined);
    };
    // A close follows every error, and tells as much: browsers keep the cause to themselves. One that is closed before it is
    // open errs as well, so this stays.
    socket.onerror = (): void => undefined;
    if (this.#started < this.urls.length) this.#timer = setTimeout(this.start, HEAD_START);
  };

  /** Ends it: nobody is told any more. */
  public close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    const rest = [...this.#running];
    this.#running.clear();
    for (const socket of rest) socket.close(1000);
  }

  #lost(reason: Error | undefined): void {
    if (this.#isOver) return;
    if (this.#started < this.urls.length) this.start();
    else if (this.#running.size === 0) {
      this.close();
      this.end.failed(reason);
    }
  }
}
