import { printable, RealtimeError } from '../../protocol';
import { isAddress } from './core/connection/endpoints';

/** The part of a WebSocket that the client uses: the browser's, Node's, or that of the package `ws`. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/** Options of a client. */
export interface RealtimeClientOptions {
  /**
   * WebSocket address of the network, `wss://…`. A server may ask the client to move to another configured address or, if one is
   * `ws.<domain>` or `ws-<region>.<domain>`, to another such name of the same domain. The token is not sent to any other host.
   */
  readonly url: string;
  /**
   * Other addresses of the same network, such as those of its regions. They are tried too after `url` has failed twice in a row.
   * One that serves is used for at least 5 minutes, until its connection is replaced or lost.
   *
   * @default - only `url`
   */
  readonly fallbackUrls?: readonly string[];
  /** The token, or a function that gets a new one from your backend. It is called before every connection. */
  readonly token: string | (() => string | Promise<string>);
  /** Milliseconds until a call fails with `request_timeout`. @default 10000 */
  readonly requestTimeout?: number;
  /** The WebSocket class. Before Node 22, pass that of the package `ws`. @default - the global one */
  readonly webSocket?: WebSocketConstructor;
}

/**
 * Checks the options, because callers in JavaScript have no types. Returns the addresses, main one first, and the WebSocket class.
 *
 * @throws RealtimeError connect_failed or token_missing
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
  if (!Array.isArray(fallbackUrls)) reject('`fallbackUrls` must be an array, and each item', fallbackUrls);
  for (const one of fallbackUrls) if (!isAddress(one)) reject('Each item of `fallbackUrls`', one);
  if (typeof token !== 'string' && typeof token !== 'function') {
    throw new RealtimeError('token_missing', '`token` must be a string, or a function that returns one.');
  }
  // Absent before Node 22, whatever the types say.
  const webSocket = options?.webSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  if (webSocket === undefined) {
    throw new RealtimeError(
      'connect_failed',
      'There is no global WebSocket. Pass one as `webSocket`, such as that of the package ws.',
    );
  }
  return { urls: [url, ...fallbackUrls], webSocket };
}
