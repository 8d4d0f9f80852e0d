// The Connections table. Names are short, so that 10,000 subscriptions fit a page of 1 MB. Rows, by pk / sk:
// - co#<connection> / - is a connection: f client, a connected at (ms), x expiry (s), c channels, each with its shard.
// - ch#<channel>#<shard> / <connection> is a subscription: a connected at (ms), x expiry (s).
// - ch#<channel>#<shard> / ! is the shard's head (shard-store.ts), which sorts before the shard's subscriptions.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { RealtimeError } from '../../../protocol';
import type {
  Connection,
  ConnectionStore,
  Shard,
  Subscriber,
  SubscriberPage,
} from '../../core/connections/connection-store';
import { type Row, seconds, storing, storingIf } from './client';
import { HEAD, partition, sentOf } from './shard-store';

/** Prefix of a connection's partition key. */
export const CONNECTION_PREFIX = 'co#';
/** Most requests of one BatchWriteItem call. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH = 25;
/** Calls of BatchWriteItem before items that DynamoDB leaves unprocessed count as throttled. */
const BATCH_ROUNDS = 5;

interface SubscriberRow extends Row {
  readonly a: number;
  readonly x: number;
}

export class DynamoDbConnectionStore implements ConnectionStore {
  public constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  public async open({ id, clientId, connectedAt, expiresAt }: Connection): Promise<void> {
    const row = { ...connectionKey(id), f: clientId, a: connectedAt, x: seconds(expiresAt), c: {} };
    await storing(this.client.send(new PutCommand({ TableName: this.table, Item: row })));
  }

  public async close(connectionId: string): Promise<readonly Shard[]> {
    const { Attributes } = await storing(
      this.client.send(
        new DeleteCommand({ TableName: this.table, Key: connectionKey(connectionId), ReturnValues: 'ALL_OLD' }),
      ),
    );
    const channels = (Attributes?.c ?? {}) as Readonly<Record<string, number>>;
    return Object.entries(channels).map(([channel, shard]) => ({ channel, shard }));
  }

  public async noteChannel(
    connectionId: string,
    { channel, shard }: Shard,
    limit: number,
  ): Promise<number | 'gone' | 'full'> {
    try {
      const { Attributes } = await storing(
        this.client.send(
          new UpdateCommand({
            TableName: this.table,
            Key: connectionKey(connectionId),
            UpdateExpression: 'SET c.#channel = if_not_exists(c.#channel, :shard)',
            ConditionExpression: 'attribute_exists(pk) AND (attribute_exists(c.#channel) OR size(c) < :limit)',
            ExpressionAttributeNames: { '#channel': channel },
            ExpressionAttributeValues: { ':shard': shard, ':limit': limit },
            ReturnValues: 'UPDATED_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return (Attributes?.c as Readonly<Record<string, number>> | undefined)?.[channel] ?? shard;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item === undefined ? 'gone' : 'full';
    }
  }

  public async shardOf(connectionId: string, channel: string): Promise<number | undefined> {
    const { Item } = await storing(
      this.client.send(
        new GetCommand({ TableName: this.table, Key: connectionKey(connectionId), ConsistentRead: true }),
      ),
    );
    return (Item?.c as Readonly<Record<string, number>> | undefined)?.[channel];
  }

  public async forgetChannel(connectionId: string, channel: string): Promise<void> {
    // It fails when the connection has closed since, so that its row is gone.
    await storingIf(
      this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: connectionKey(connectionId),
          UpdateExpression: 'REMOVE c.#channel',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#channel': channel },
        }),
      ),
    );
  }

  public async addSubscriber(shard: Shard, { id, connectedAt, expiresAt }: Subscriber): Promise<void> {
    const row: SubscriberRow = { pk: partition(shard), sk: id, a: connectedAt, x: seconds(expiresAt) };
    await storing(this.client.send(new PutCommand({ TableName: this.table, Item: row })));
  }

  public async removeSubscribers(shards: readonly Shard[], connectionId: string): Promise<void> {
    const keys = shards.map((shard) => ({ pk: partition(shard), sk: connectionId }));
    for (let start = 0; start < keys.length; start += BATCH) await this.deleteBatch(keys.slice(start, start + BATCH));
  }

  private async deleteBatch(keys: readonly Row[]): Promise<void> {
    let requests = keys.map((key) => ({ DeleteRequest: { Key: key } }));
    for (let round = 0; requests.length > 0; round++) {
      if (round === BATCH_ROUNDS) throw new RealtimeError('throttled');
      const { UnprocessedItems } = await storing(
        this.client.send(new BatchWriteCommand({ RequestItems: { [this.table]: requests } })),
      );
      requests = (UnprocessedItems?.[this.table] ?? []) as typeof requests;
    }
  }

  public async removeDeadSubscriber(shard: Shard, { id, connectedAt }: Subscriber): Promise<void> {
    // It fails when the row is gone already, or belongs to a later connection.
    await storingIf(
      this.client.send(
        new DeleteCommand({
          TableName: this.table,
          Key: { pk: partition(shard), sk: id },
          ConditionExpression: 'a = :connectedAt',
          ExpressionAttributeValues: { ':connectedAt': connectedAt },
        }),
      ),
    );
  }

  public async page(shard: Shard, from?: string, limit?: number): Promise<SubscriberPage> {
    const pk = partition(shard);
    const { Items = [], LastEvaluatedKey: last } = await storing(
      this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ConsistentRead: true,
          Limit: limit,
          ExclusiveStartKey: from === undefined ? undefined : { pk, sk: from },
        }),
      ),
    );
    const [first, ...rest] = Items as SubscriberRow[];
    const head = first?.sk === HEAD ? (first as Row) : undefined;
    const rows = first === undefined ? [] : head === undefined ? [first, ...rest] : rest;
    return {
      subscribers: rows.map(({ sk, a, x }) => ({ id: sk, connectedAt: a, expiresAt: x * 1000 })),
      shards: typeof head?.n === 'number' ? head.n : undefined,
      sent: head === undefined ? undefined : sentOf(head),
      next: last === undefined ? undefined : String(last.sk),
    };
  }
}

function connectionKey(id: string): { pk: string; sk: string } {
  return { pk: `${CONNECTION_PREFIX}${id}`, sk: '-' };
}
