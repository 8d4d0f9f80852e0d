import type { Connection } from './connection-store';
import type { OpenedConnection, TransportLimits } from './transport';

/**
 * The stored form of a connection. Its rows are ignored once the transport must have closed it, or its token has expired, even if
 * `close` was never reported. This limits stale rows, and what a client receives with an expired token.
 */
export function connectionOf(
  { id, connectedAt, identity }: OpenedConnection,
  { maxConnectionLife }: Pick<TransportLimits, 'maxConnectionLife'>,
): Connection {
  return {
    id,
    clientId: identity.clientId,
    connectedAt,
    expiresAt: Math.min(connectedAt + maxConnectionLife, identity.expires * 1000),
  };
}
