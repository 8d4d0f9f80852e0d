import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { DynamoDbConnectionStore } from '../adapters/dynamodb/connection-store';
import { documentClient } from '../adapters/dynamodb/client';
import { fromAuthorizerContext } from '../adapters/authorizer-context';
import { setting } from '../adapters/environment';
import { acceptSubprotocol, connectionOf, offeredSubprotocols } from '../core/connections/connection-lifetime';

/** `$connect` carries the upgrade's headers, and the authorizer's context. */
type ConnectEvent = APIGatewayProxyWebsocketEventV2 & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestContext: { readonly authorizer?: Record<string, unknown> };
};

const connections = new DynamoDbConnectionStore(documentClient(), setting('CONNECTIONS_TABLE'));

/** Records a connection that the authorizer let in, and accepts the subprotocol. */
export async function handler(event: ConnectEvent): Promise<APIGatewayProxyResultV2> {
  const { connectionId, connectedAt, authorizer } = event.requestContext;
  const header = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === 'sec-websocket-protocol');
  const accepted = acceptSubprotocol(offeredSubprotocols(header?.[1]));
  if (accepted === undefined) return { statusCode: 400, body: 'offer the subprotocol cdk-realtime.v1' };
  const identity = fromAuthorizerContext(authorizer);
  await connections.open(connectionOf(connectionId, connectedAt, identity));
  return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': accepted } };
}
