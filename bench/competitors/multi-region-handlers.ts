// The functions of multi-region-websocket-api, by their algorithm: a Query for the only chat, then concurrent posts to all connections
// except the sender's with the SDK's client. The results of the posts are ignored.
import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';

const TableName = process.env.TABLE_NAME;
const chatId = 'DEFAULT';
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const lambda = new LambdaClient({});
const api = new ApiGatewayManagementApi({});

interface ChatMessage {
  readonly message: string;
  readonly chatId: string;
  readonly senderConnectionId: string;
}

export async function connection({
  requestContext: { connectionId, eventType },
}: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> {
  if (eventType === 'CONNECT') {
    const ttl = Math.round(Date.now() / 1_000 + 3_600);
    await table.send(new PutCommand({ TableName, Item: { connectionId, chatId, ttl } }));
  } else await table.send(new DeleteCommand({ TableName, Key: { connectionId, chatId } }));
  return { statusCode: 200, body: eventType };
}

export async function request({
  body = '',
  requestContext,
}: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> {
  const event: ChatMessage = { message: body, chatId, senderConnectionId: requestContext.connectionId };
  const FunctionName = process.env.PROCESS_FUNCTION;
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) }));
  return { statusCode: 200, body: 'Ok' };
}

export async function processEvent(event: ChatMessage): Promise<boolean> {
  const { Items = [] } = await table.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'chatId = :c',
      ExpressionAttributeValues: { ':c': event.chatId },
      ProjectionExpression: 'connectionId',
    }),
  );
  const others = (Items as { connectionId: string }[]).filter(
    ({ connectionId }) => connectionId !== event.senderConnectionId,
  );
  await Promise.allSettled(
    others.map(({ connectionId }) =>
      api.postToConnection({ ConnectionId: connectionId, Data: JSON.stringify({ data: event.message }) }),
    ),
  );
  return true;
}
