// The functions of simple-websockets-chat-app, by their algorithm: Scan, then a post to each with the SDK's client, all at once.
// Better than published: there, the client is made anew for each message and its sockets are never closed, and a connection that
// is gone fails the whole message, for it is told by a field that errors no longer have, and the sender's row would be deleted.
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
