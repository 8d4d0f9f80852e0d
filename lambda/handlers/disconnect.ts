import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { API_GATEWAY_LIMITS } from '../adapters/api-gateway/limits';
import { DynamoDbConnectionStore } from '../adapters/dynamodb/connection-store';
import { documentClient } from '../adapters/dynamodb/client';
import { logger } from '../adapters/logger';
import { setting } from '../adapters/environment';
import { ConnectionRegistry } from '../core/connections/connection-registry';

const store = new DynamoDbConnectionStore(documentClient(), setting('CONNECTIONS_TABLE'));
const registry = new ConnectionRegistry(store, API_GATEWAY_LIMITS);

/**
 * Deletes a connection. API Gateway calls `$disconnect` at best effort. Without it, the rows are deleted by a 410 on the next post,
 * or expire. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
 */
export async function handler(event: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> {
  const { connectionId } = event.requestContext;
  const { channels } = await registry.close(connectionId);
  logger.info('disconnected', { connectionId, channels });
  return { statusCode: 200 };
}
