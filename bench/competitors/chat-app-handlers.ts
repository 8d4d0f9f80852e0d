// The functions of simple-websockets-chat-app, by their algorithm: a Scan, then concurrent posts to all connections with the SDK's client.
// Two defects of the published code are left out. It creates a client for each message, and never closes its sockets. And a connection
// that is gone fails the whole message, because it is recognized by a field that errors of the SDK no longer have; then the row of
// the sender would be deleted.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';

const TableName = process.env.TABLE_NAME;
const api = new ApiGatewayManagementApiClient({});
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export async function connect({
  requestContext: { connectionId },
}: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> {
  await table.send(new PutCommand({ TableName, Item: { connectionId } }));
  return { statusCode: 200, body: 'Connected.' };
}

export async function disconnect({
  requestContext: { connectionId },
}: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> {
  await table.send(new DeleteCommand({ TableName, Key: { connectionId } }));
  return { statusCode: 200, body: 'Disconnected.' };
}

export async function sendMessage({ body }: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> {
  const { Items = [] } = await table.send(new ScanCommand({ TableName, ProjectionExpression: 'connectionId' }));
  const { data } = JSON.parse(body ?? '') as { data: string };
  await Promise.all(
    (Items as { connectionId: string }[]).map(async ({ connectionId }) => {
      try {
        await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data }));
      } catch (error) {
        if ((error as Error).name !== 'GoneException') throw error;
        await table.send(new DeleteCommand({ TableName, Key: { connectionId } }));
      }
    }),
  );
  return { statusCode: 200, body: 'Data sent.' };
}
