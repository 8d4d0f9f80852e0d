// Heads of shards, in the Connections table: ch#<channel>#<shard> / ! sorts before the shard's subscriptions, so a read of the
// subscriptions includes it. Attributes:
// - on the channel's first shard: n shards, k<i> approximate number of subscribers of shard i, x expiry (s);
// - on every shard: s#<origin> the messages that were sent ahead, as <epoch>:<first>:<last>.
import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { SentRange, Shard } from '../../core/connections/connection-store';
import type { ShardMap, ShardStore } from '../../core/fanout/ports';
import { seconds, storing, storingIf } from './client';

/** The sort key of a head: it sorts before every connection id. */
export const HEAD = '!';
/** Prefix of the attributes for messages that were sent ahead. */
const SENT = 's#';

export function partition({ channel, shard }: Shard): string {
  return `ch#${channel}#${shard}`;
}

/** The messages that were sent ahead, by origin, according to a head. */
export function sentOf(head: Readonly<Record<string, unknown>>): ReadonlyMap<string, SentRange> {
  const notes = Object.entries(head).filter(([name]) => name.startsWith(SENT));
  return new Map(notes.map(([name, range]) => [name.slice(SENT.length), rangeOf(String(range))]));
}

function rangeOf(text: string): SentRange {
  const [epoch = '', from, to] = text.split(':');
  return { epoch, from: Number(from), to: Number(to) };
}

export class DynamoDbShardStore implements ShardStore {
  public constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  public async read(channel: string): Promise<ShardMap | undefined> {
    const { Item } = await storing(
      this.client.send(new GetCommand({ TableName: this.table, Key: headKey({ channel, shard: 0 }) })),
    );
    return typeof Item?.n === 'number' ? mapOf(Item) : undefined;
  }

  public async add({ channel, shard }: Shard, joined: number, until: number): Promise<ShardMap> {
    const { Attributes = {} } = await storing(
      this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: headKey({ channel, shard: 0 }),
          UpdateExpression: 'SET n = if_not_exists(n, :one), x = if_not_exists(x, :x) ADD #count :joined',
          ExpressionAttributeNames: { '#count': `k${shard}` },
          ExpressionAttributeValues: { ':one': 1, ':x': seconds(until), ':joined': joined },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
    return mapOf(Attributes);
  }

  public async count(shard: Shard): Promise<number> {
    let rows = 0;
    let start: Record<string, unknown> | undefined;
    do {
      const { Count = 0, LastEvaluatedKey } = await storing(
        this.client.send(
          new QueryCommand({
            TableName: this.table,
            // Connection ids begin with letters and digits.
            KeyConditionExpression: 'pk = :pk AND sk > :head',
            ExpressionAttributeValues: { ':pk': partition(shard), ':head': HEAD },
            Select: 'COUNT',
            ExclusiveStartKey: start,
          }),
        ),
      );
      rows += Count;
      start = LastEvaluatedKey;
    } while (start !== undefined);
    return rows;
  }

  public async replace(channel: string, counts: readonly number[], seen: number, until: number): Promise<void> {
    const grows = counts.length > seen;
    const names = counts.map((_, i) => [`#k${i}`, `k${i}`] as const);
    const values = counts.map((count, i) => [`:k${i}`, count] as const);
    const set = counts.map((_, i) => `#k${i} = :k${i}`);
    await storingIf(
      this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: headKey({ channel, shard: 0 }),
          UpdateExpression: `SET ${[...set, ...(grows ? ['n = :n', 'x = :x'] : [])].join(', ')}`,
          ConditionExpression: 'n = :seen',
          ExpressionAttributeNames: Object.fromEntries(names),
          ExpressionAttributeValues: {
            ...Object.fromEntries(values),
            ':seen': seen,
            ...(grows ? { ':n': counts.length, ':x': seconds(until) } : {}),
          },
        }),
      ),
    );
  }

  public async keep({ channel, shard }: Shard, until: number): Promise<boolean> {
    const written = await storingIf(
      this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: headKey({ channel, shard: 0 }),
          UpdateExpression: 'SET x = :x',
          ConditionExpression: 'n > :shard',
          ExpressionAttributeValues: { ':x': seconds(until), ':shard': shard },
        }),
      ),
    );
    return written !== undefined;
  }

  public async sent(shard: Shard): Promise<ReadonlyMap<string, SentRange>> {
    const { Item = {} } = await storing(
      this.client.send(new GetCommand({ TableName: this.table, Key: headKey(shard), ConsistentRead: true })),
    );
    return sentOf(Item);
  }

  public async noteSent(shard: Shard, origin: string, { epoch, from, to }: SentRange, until: number): Promise<void> {
    await storing(
      this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: headKey(shard),
          UpdateExpression: 'SET #sent = :sent, x = if_not_exists(x, :x)',
          ExpressionAttributeNames: { '#sent': `${SENT}${origin}` },
          ExpressionAttributeValues: { ':sent': `${epoch}:${from}:${to}`, ':x': seconds(until) },
        }),
      ),
    );
  }
}

function headKey(shard: Shard): { pk: string; sk: string } {
  return { pk: partition(shard), sk: HEAD };
}

function mapOf(item: Readonly<Record<string, unknown>>): ShardMap {
  const counts = Array.from({ length: Number(item.n) }, (_, i) => Number(item[`k${i}`] ?? 0));
  return { counts, until: Number(item.x) * 1000 };
}
