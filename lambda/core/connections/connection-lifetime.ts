import { RealtimeError, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../../protocol';
import type { Identity } from '../auth/capabilities';
import type { Connection, ConnectionStore } from './connection-store';

/**
 * API Gateway closes a connection after 2 hours; a row may outlive that by 10 minutes, in which `$disconnect` should
 * have come. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_CONNECTION_LIFE = (120 + 10) * 60_000;

/**
 * A connection's rows count for nothing once its time or its token is over, whatever `$disconnect` did: that bounds
 * both stale rows and what an expired token still receives.
 */
export function connectionOf(
  id: string,
  connectedAt: number,
  identity: Pick<Identity, 'clientId' | 'expires'>,
): Connection {
  return {
    id,
    clientId: identity.clientId,
    connectedAt,
    expiresAt: Math.min(connectedAt + MAX_CONNECTION_LIFE, identity.expires * 1000),
  };
}

/** Forgets a connection and its subscriptions. The connection's row goes first, so that no subscription can be added. */
export async function disconnect(connections: ConnectionStore, connectionId: string): Promise<{ channels: number }> {
  const shards = await connections.close(connectionId);
  if (shards.length > 0) await connections.removeSubscribers(shards, connectionId);
  return { channels: shards.length };
}

/** The subprotocols that a client offers, from the `Sec-WebSocket-Protocol` header. */
export function offeredSubprotocols(header: string | undefined): readonly string[] {
  return (header ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/**
 * The token of a WebSocket connection: a subprotocol, or else the `token` query parameter.
 *
 * @throws RealtimeError token_missing
 */
export function tokenOfConnect(subprotocols: readonly string[], query: string | undefined): string {
  const offered = subprotocols.find((one) => one.startsWith(TOKEN_SUBPROTOCOL_PREFIX));
  const token = offered?.slice(TOKEN_SUBPROTOCOL_PREFIX.length) ?? query;
  if (token === undefined || token === '') throw new RealtimeError('token_missing');
  return token;
}

/** The subprotocol to answer with: the newest that both sides know; undefined when there is none. */
export function acceptSubprotocol(offered: readonly string[]): string | undefined {
  return offered.find((one) => one === SUBPROTOCOL);
}
