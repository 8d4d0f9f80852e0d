import { printable, RealtimeError } from '../../protocol';
import { isAddress } from './core/connection/endpoints';

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
  /**
   * The network's WebSocket address, `wss://…`. A server may tell the client to connect elsewhere: to another of the addresses given
   * here, or, when one is `ws.<domain>` or `ws-<region>.<domain>`, to any of those names under the domain. No other host gets a token.
   */
  readonly url: string;
  /**
   * Other addresses of the same network, such as those of its regions: they are tried, too, once `url` has failed twice in a
   * row. One that serves is kept for at least five minutes, and until the connection is replaced or lost.
   *
   * @default - only `url`
   */
  readonly fallbackUrls?: readonly string[];
  /** The token, or a function that gets a fresh one from your backend; it is asked before every connection. */
  readonly token: string | (() => string | Promise<string>);
  /** Milliseconds until a call fails with `request_timeout`. @default 10000 */
  readonly requestTimeout?: number;
  /** The WebSocket to use; before Node 22, give that of the package `ws`. @default - the global one */
  readonly webSocket?: WebSocketConstructor;
}

/**
 * The addresses, main one first, and the WebSocket to use.
 *
 * @throws RealtimeError connect_failed or token_missing: plain JavaScript may leave out what the types ask for
 */
export function readOptions(options: Partial<RealtimeClientOptions> | undefined): {
  readonly urls: readonly [string, ...string[]];
  readonly webSocket: WebSocketConstructor;
} {
  const { url, fallbackUrls = [], token } = options ?? {};
  const reject = (what: string, got: unknown): never => {
    throw new RealtimeError('connect_failed', `${what} must be wss://… (or ws://…), got: ${printable(got)}.`);
  };
  if (!isAddress(url)) return reject('`url`', url);
  if (!Array.isArray(fallbackUrls)) reject('`fallbackUrls` must be a list, and each of it', fallbackUrls);
  for (const one of fallbackUrls) if (!isAddress(one)) reject('Each of `fallbackUrls`', one);
  if (typeof token !== 'string' && typeof token !== 'function') {
    throw new RealtimeError('token_missing', '`token` must be a text, or a function that returns one.');
  }
  // Not every Node has one, whatever its types say.
  const webSocket = options?.webSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  if (webSocket === undefined) {
    throw new RealtimeError(
      'connect_failed',
      'There is no global WebSocket here: give one as `webSocket`, for example that of the package ws.',
    );
  }
  return { urls: [url, ...fallbackUrls], webSocket };
}
