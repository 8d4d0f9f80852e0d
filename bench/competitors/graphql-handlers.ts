// The functions of aws-lambda-graphql, by their algorithm, with version 3 of the SDK instead of version 2.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';

const { CONNECTIONS_TABLE, SUBSCRIPTIONS_TABLE = '', OPERATIONS_TABLE = '', EVENTS_TABLE, PROCESSOR } = process.env;
/** Lifetime of connections, subscriptions and events. Seconds. */
const TTL = 7_200;
const EVENT = 'MESSAGE';
const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const lambda = new LambdaClient({});
/** Created once, for the address of the first connection. */
const api = new ApiGatewayManagementApiClient({});

interface Connection {
  readonly id: string;
  readonly data: object;
}
interface Operation {
  readonly query: string;
  readonly variables: { readonly text?: string };
}
interface Subscription {
  readonly event: string;
  readonly subscriptionId: string;
  readonly operationId: string;
  readonly connection: Connection;
  readonly operation: Operation;
}
interface PublishedEvent {
  readonly event: string;
  /** JSON. */
  readonly payload: string;
  readonly ttl: number;
}

const now = (): number => Math.round(Date.now() / 1_000);

export async function webSocket({
  requestContext: { connectionId: id, eventType },
  body,
}: APIGatewayProxyWebsocketEventV2): Promise<APIGatewayProxyResultV2> {
  if (eventType === 'CONNECT') {
    const data = { endpoint: process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI, context: {}, isInitialized: true };
    const Item = { createdAt: new Date().toString(), id, data, ttl: now() + TTL };
    await tables.send(new PutCommand({ TableName: CONNECTIONS_TABLE, Item }));
  } else if (eventType === 'DISCONNECT') await unregister(id);
  else {
    const { Item } = await tables.send(new GetCommand({ TableName: CONNECTIONS_TABLE, Key: { id } }));
    const { id: operationId, payload } = JSON.parse(body ?? '') as { id: string; payload: Operation };
    if (payload.variables.text !== undefined) await publish(payload.variables.text);
    else await subscribe(Item as Connection, operationId, payload);
  }
  return { statusCode: 200, body: '{}' };
}

async function subscribe({ id, data }: Connection, operationId: string, operation: Operation): Promise<void> {
  const subscriptionId = `${id}:${operationId}`;
  const [event, ttl] = [EVENT, now() + TTL];
  const subscription: Subscription = { event, subscriptionId, operationId, connection: { id, data }, operation };
  await tables.send(
    new BatchWriteCommand({
      RequestItems: {
        [SUBSCRIPTIONS_TABLE]: [{ PutRequest: { Item: { ...subscription, ttl } } }],
        [OPERATIONS_TABLE]: [{ PutRequest: { Item: { subscriptionId, event, ttl } } }],
      },
    }),
  );
}

async function publish(text: string): Promise<void> {
  const event: PublishedEvent = { event: EVENT, payload: JSON.stringify({ message: text }), ttl: now() + TTL };
  await tables.send(new PutCommand({ TableName: EVENTS_TABLE, Item: { id: crypto.randomUUID(), ...event } }));
  const Payload = JSON.stringify([event]);
  await lambda.send(new InvokeCommand({ FunctionName: PROCESSOR, InvocationType: 'Event', Payload }));
}

export async function processEvents(events: readonly PublishedEvent[]): Promise<void> {
  for (const event of events) {
    if (event.ttl < now()) continue;
    for await (const page of subscribers(event.event))
      await Promise.all(
        page.map((subscription) =>
          deliver(subscription, event).catch((error: unknown) => {
            console.log(error);
          }),
        ),
      );
  }
}

async function* subscribers(event: string): AsyncIterable<readonly Subscription[]> {
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey: last } = await tables.send(
      new QueryCommand({
        TableName: SUBSCRIPTIONS_TABLE,
        ExclusiveStartKey: from,
        Limit: 50,
        KeyConditionExpression: 'event = :event',
        FilterExpression: '#ttl > :time OR attribute_not_exists(#ttl)',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':event': event, ':time': now() },
      }),
    );
    yield Items as Subscription[];
    from = last;
  } while (from !== undefined);
}

async function deliver({ connection, operationId }: Subscription, { payload }: PublishedEvent): Promise<void> {
  const Data = JSON.stringify({ id: operationId, payload: { data: JSON.parse(payload) as object }, type: 'data' });
  try {
    await api.send(new PostToConnectionCommand({ ConnectionId: connection.id, Data }));
  } catch (error) {
    if ((error as Error).name !== 'GoneException') throw error;
    await unregister(connection.id);
  }
}

/** Scans all subscriptions for those of the connection, 12 per page, until a page has none. */
async function unregister(id: string): Promise<void> {
  await Promise.all([
    tables.send(new DeleteCommand({ TableName: CONNECTIONS_TABLE, Key: { id } })),
    removeSubscriptions(id),
  ]);
}

async function removeSubscriptions(id: string): Promise<void> {
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey: last } = await tables.send(
      new ScanCommand({
        TableName: SUBSCRIPTIONS_TABLE,
        ExclusiveStartKey: from,
        FilterExpression: 'begins_with(subscriptionId, :id)',
        ExpressionAttributeValues: { ':id': id },
        Limit: 12,
      }),
    );
    const found = Items as Subscription[];
    if (found.length === 0) return;
    await tables.send(
      new BatchWriteCommand({
        RequestItems: {
          [SUBSCRIPTIONS_TABLE]: found.map(({ event, subscriptionId }) => ({
            DeleteRequest: { Key: { event, subscriptionId } },
          })),
          [OPERATIONS_TABLE]: found.map(({ subscriptionId }) => ({ DeleteRequest: { Key: { subscriptionId } } })),
        },
      }),
    );
    from = last;
  } while (from !== undefined);
}
