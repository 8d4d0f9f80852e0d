// The Connections table. co#<connection> / - is a connection: f client, a connected at (ms), x expiry (s), c channels (set).
// ch#<channel>#<shard> / <connection> is a subscription: a, x. Short names: 10,000 subscriptions fit a 1 MB page.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { RealtimeError } from '../../protocol';
import type { Connection, ConnectionStore, Subscriber } from '../core/ports';
import { type Row, storing } from './dynamodb';

/** What the partition of a connection begins with. */
export const CONNECTION_PREFIX = 'co#';
/** Subscribers of a channel stand in one partition until a channel is split. */
const SHARD = 0;
/** Most requests of one BatchWriteItem. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH = 25;
/** Rounds in which what DynamoDB left unprocessed is sent again. */
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
    const row = { ...connectionKey(id), f: clientId, a: connectedAt, x: seconds(expiresAt) };
    await storing(this.client.send(new PutCommand({ TableName: this.table, Item: row })));
  }

  public async close(connectionId: string): Promise<readonly string[]> {
    const { Attributes } = await storing(
      this.client.send(
        new DeleteCommand({ TableName: this.table, Key: connectionKey(connectionId), ReturnValues: 'ALL_OLD' }),
      ),
    );
    return [...((Attributes?.c as Set<string> | undefined) ?? [])];
  }

  public async noteChannel(connectionId: string, channel: string, limit: number): Promise<'noted' | 'gone' | 'full'> {
    try {
      await storing(
        this.client.send(
          new UpdateCommand({
            TableName: this.table,
            Key: connectionKey(connectionId),
            UpdateExpression: 'ADD c :one',
            ConditionExpression:
              'attribute_exists(pk) AND (attribute_not_exists(c) OR contains(c, :channel) OR size(c) < :limit)',
            ExpressionAttributeValues: { ':one': new Set([channel]), ':channel': channel, ':limit': limit },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return 'noted';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item === undefined ? 'gone' : 'full';
    }
  }

  public async forgetChannel(connectionId: string, channel: string): Promise<void> {
    try {
      await storing(
        this.client.send(
          new UpdateCommand({
            TableName: this.table,
            Key: connectionKey(connectionId),
            UpdateExpression: 'DELETE c :one',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':one': new Set([channel]) },
          }),
        ),
      );
    } catch (error) {
      // The connection closed meanwhile: nothing is left to forget.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  public async addSubscriber(channel: string, { id, connectedAt, expiresAt }: Subscriber): Promise<void> {
    const row: SubscriberRow = { pk: partition(channel), sk: id, a: connectedAt, x: seconds(expiresAt) };
    await storing(this.client.send(new PutCommand({ TableName: this.table, Item: row })));
  }

  public async removeSubscribers(channels: readonly string[], connectionId: string): Promise<void> {
    const keys = channels.map((channel) => ({ pk: partition(channel), sk: connectionId }));
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

  public async removeDeadSubscriber(channel: string, { id, connectedAt }: Subscriber): Promise<void> {
    try {
      await storing(
        this.client.send(
          new DeleteCommand({
            TableName: this.table,
            Key: { pk: partition(channel), sk: id },
            ConditionExpression: 'a = :connectedAt',
            ExpressionAttributeValues: { ':connectedAt': connectedAt },
          }),
        ),
      );
    } catch (error) {
      // Somebody else removed it, or it is another connection's by now.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  public async *subscribers(channel: string): AsyncIterable<readonly Subscriber[]> {
    let start: Record<string, unknown> | undefined;
    do {
      const page = await storing(
        this.client.send(
          new QueryCommand({
            TableName: this.table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': partition(channel) },
            ConsistentRead: true,
            ExclusiveStartKey: start,
          }),
        ),
      );
      yield ((page.Items ?? []) as SubscriberRow[]).map(({ sk, a, x }) => ({
        id: sk,
        connectedAt: a,
        expiresAt: x * 1000,
      }));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }
}

function connectionKey(id: string): { pk: string; sk: string } {
  return { pk: `${CONNECTION_PREFIX}${id}`, sk: '-' };
}

function partition(channel: string): string {
  return `ch#${channel}#${SHARD}`;
}

/** DynamoDB's TTL counts in seconds. */
function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
