// The part of the WebSocket handshake that the wire protocol defines: subprotocol and token.
import { RealtimeError, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../../protocol';

/** Subprotocols that a client offers, from the `Sec-WebSocket-Protocol` header. */
export function offeredSubprotocols(header: string | undefined): readonly string[] {
  return (header ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/**
 * Token of a WebSocket connection: a subprotocol, or else the `token` query parameter.
 *
 * @throws RealtimeError token_missing
 */
export function tokenFromHandshake(subprotocols: readonly string[], query: string | undefined): string {
  const offered = subprotocols.find((one) => one.startsWith(TOKEN_SUBPROTOCOL_PREFIX));
  const token = offered?.slice(TOKEN_SUBPROTOCOL_PREFIX.length) ?? query;
  if (token === undefined || token === '') throw new RealtimeError('token_missing');
  return token;
}

/** Subprotocol to answer with: the newest that both sides support; undefined when there is none. */
export function acceptSubprotocol(offered: readonly string[]): string | undefined {
  return offered.find((one) => one === SUBPROTOCOL);
}
