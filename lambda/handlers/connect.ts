import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { API_GATEWAY_LIMITS } from '../adapters/api-gateway/limits';
import { DynamoDbConnectionStore } from '../adapters/dynamodb/connection-store';
import { documentClient } from '../adapters/dynamodb/client';
import { fromAuthorizerContext } from '../adapters/authorizer-context';
import { setting } from '../adapters/environment';
import { ConnectionRegistry } from '../core/connections/connection-registry';
import { acceptSubprotocol, offeredSubprotocols } from '../core/connections/handshake';

/** An event of the `$connect` route: with the headers of the handshake and the authorizer's context. */
type ConnectEvent = APIGatewayProxyWebsocketEventV2 & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestContext: { readonly authorizer?: Record<string, unknown> };
};

const store = new DynamoDbConnectionStore(documentClient(), setting('CONNECTIONS_TABLE'));
const registry = new ConnectionRegistry(store, API_GATEWAY_LIMITS);

/** Records a connection that the authorizer allowed, and accepts the subprotocol. */
export async function handler(event: ConnectEvent): Promise<APIGatewayProxyResultV2> {
  const { connectionId: id, connectedAt, authorizer } = event.requestContext;
  const header = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === 'sec-websocket-protocol');
  const accepted = acceptSubprotocol(offeredSubprotocols(header?.[1]));
  if (accepted === undefined) return { statusCode: 400, body: 'offer the subprotocol cdk-realtime.v1' };
  await registry.connect({ id, connectedAt, identity: fromAuthorizerContext(authorizer) });
  return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': accepted } };
}
