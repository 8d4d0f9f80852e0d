import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { DynamoDbConnectionStore } from '../adapters/dynamodb/connection-store';
import { documentClient } from '../adapters/dynamodb/client';
import { logger } from '../adapters/logger';
import { setting } from '../adapters/environment';
import { disconnect } from '../core/connections/connection-lifetime';

const connections = new DynamoDbConnectionStore(documentClient(), setting('CONNECTIONS_TABLE'));

/**
 * Forgets a connection. API Gateway calls this at its best effort only; what it misses goes by a 410 at the next post,
 * or by the rows' own expiry. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
 */
export async function handler(event: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> {
  const { connectionId } = event.requestContext;
  logger.info('disconnected', { connectionId, ...(await disconnect(connections, connectionId)) });
  return { statusCode: 200 };
}
