import type { MovePush } from '../../../../protocol';

/** A socket, from the request for its token until it is closed. */
export interface SocketAttempt {
  readonly socket: number;
  /** It was begun because a server asked the client to move. */
  readonly isMove: boolean;
  /** How long the socket is used before it is replaced. Milliseconds. */
  lifetime: number;
  /** When its token expires, by the monotonic clock. */
  expiresAt: number;
  /** The addresses that are tried; empty until there is a token. */
  urls: readonly string[];
  /** When the first address was tried. */
  startedAt: number;
  /** The address that opened. */
  url: string | undefined;
  /** A frame was received. */
  hasReceived: boolean;
  /** The server asked this socket to move before it was in use. */
  movePush: MovePush | undefined;
  region: string | undefined;
}

export function newAttempt(socket: number, isMove: boolean): SocketAttempt {
  return {
    socket,
    isMove,
    lifetime: 0,
    expiresAt: Number.POSITIVE_INFINITY,
    urls: [],
    startedAt: 0,
    url: undefined,
    hasReceived: false,
    movePush: undefined,
    region: undefined,
  };
}
