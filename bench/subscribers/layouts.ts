// Layouts of a channel's subscribers in the table: a row for each in one list, a row for each in shards (the deployed layout), and
// items with a hundred subscribers.
import { type DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoDbConnectionStore } from '../../lambda/adapters/dynamodb/connection-store';
import { runtime as realRuntime } from '../../lambda/adapters/runtime';
import { DynamoDbShardStore } from '../../lambda/adapters/dynamodb/shard-store';
import { allPages } from '../../lambda/core/fanout/fanout';
import type { Shard, Subscriber } from '../../lambda/core/connections/connection-store';
import { API_GATEWAY_LIMITS } from '../../lambda/adapters/api-gateway/limits';
import { SHARD_TARGET, Shards } from '../../lambda/core/fanout/shards';
import { type Random, seededRandom } from '../../local/support/random';
import { TABLE } from './table';

export interface Layout {
  readonly title: string;
  /** Adds a subscriber. */
  join(subscriber: Subscriber): Promise<void>;
  leave(subscriber: Subscriber): Promise<void>;
  /** Reads all subscribers with strong consistency, as a fan-out does, and returns their number. */
  read(client: DynamoDBDocumentClient): Promise<number>;
}

export const CHANNEL = 'chat:room.42';
/** Subscribers per item. */
const PACK = 100;
/** Items of a shard with as many subscribers as a shard of rows. */
const ITEMS_OF_SHARD = SHARD_TARGET / PACK;
/** Simulated time between two joins, by which cached shard maps expire. Milliseconds. */
const JOINS_EVERY = 10;

/** Reads rows with the functions' own store, shard by shard. */
async function readRows(client: DynamoDBDocumentClient): Promise<number> {
  let found = 0;
  for await (const { subscribers } of allPages(new DynamoDbConnectionStore(client, TABLE), CHANNEL))
    found += subscribers.length;
  return found;
}

/** A row for each subscription, in one list. A page of 1 MB must hold 10,000 of these rows. */
export class Rows implements Layout {
  public readonly title: string = 'a row each';
  protected readonly store: DynamoDbConnectionStore;

  public constructor(client: DynamoDBDocumentClient) {
    this.store = new DynamoDbConnectionStore(client, TABLE);
  }

  public join(subscriber: Subscriber): Promise<void> {
    return this.store.addSubscriber({ channel: CHANNEL, shard: 0 }, subscriber);
  }

  public leave({ id }: Subscriber): Promise<void> {
    return this.store.removeSubscribers([{ channel: CHANNEL, shard: 0 }], id);
  }

  public read(client: DynamoDBDocumentClient): Promise<number> {
    return readRows(client);
  }
}

/** A row for each subscription, in shards that are picked as functions pick them: the deployed layout. */
export class ShardedRows extends Rows {
  public override readonly title = 'a row each, in shards';
  private readonly shards: Shards;
  private readonly places = new Map<string, Shard>();
  private now = Date.now();

  public constructor(client: DynamoDBDocumentClient, random: Random = seededRandom(1, 'shards')) {
    super(client);
    this.shards = new Shards({
      shards: new DynamoDbShardStore(client, TABLE),
      runtime: { ...realRuntime, now: () => this.now, random },
      logger: { info: ignore, warn: fail, error: fail },
      transportLimits: API_GATEWAY_LIMITS,
    });
  }

  public override async join(subscriber: Subscriber): Promise<void> {
    this.now += JOINS_EVERY;
    const place = { channel: CHANNEL, shard: await this.shards.pick(CHANNEL, subscriber) };
    this.places.set(subscriber.id, place);
    await this.store.addSubscriber(place, subscriber);
  }

  public override async leave({ id }: Subscriber): Promise<void> {
    const place = this.places.get(id);
    if (place !== undefined) await this.store.removeSubscribers([place], id);
  }
}

function ignore(): void {
  // This level is not needed.
}

/** A measurement in which no shard could be picked would be wrong. */
function fail(text: string): void {
  throw new Error(text);
}

/**
 * Items with a hundred subscribers: a map of connection id to [connected at, expires at]. This class knows which item has room. Functions
 * would have to store that or search for it, so this layout is cheaper here than in production.
 */
export class Packed implements Layout {
  public readonly title = `${PACK} an item, in shards`;
  /** Number of subscribers of each item. */
  private readonly filled: number[] = [];
  private readonly places = new Map<string, number>();

  public constructor(private readonly client: DynamoDBDocumentClient) {}

  public async join({ id, connectedAt, expiresAt }: Subscriber): Promise<void> {
    const entry = [connectedAt, Math.floor(expiresAt / 1_000)];
    const open = this.filled.findIndex((count) => count < PACK);
    const item = open < 0 ? this.filled.length : open;
    if (open < 0)
      await this.client.send(new PutCommand({ TableName: TABLE, Item: { ...this.key(item), m: { [id]: entry } } }));
    else
      await this.client.send(
        new UpdateCommand({
          TableName: TABLE,
          Key: this.key(item),
          UpdateExpression: 'SET m.#id = :entry',
          ExpressionAttributeNames: { '#id': id },
          ExpressionAttributeValues: { ':entry': entry },
        }),
      );
    this.filled[item] = (this.filled[item] ?? 0) + 1;
    this.places.set(id, item);
  }

  public async leave({ id }: Subscriber): Promise<void> {
    const item = this.places.get(id);
    if (item === undefined) return;
    await this.client.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: this.key(item),
        UpdateExpression: 'REMOVE m.#id',
        ExpressionAttributeNames: { '#id': id },
      }),
    );
    this.places.delete(id);
    this.filled[item] = (this.filled[item] ?? 1) - 1;
  }

  /** The number of shards is known here; functions read it from the channel's head row. */
  public async read(client: DynamoDBDocumentClient): Promise<number> {
    const shards = Math.ceil(this.filled.length / ITEMS_OF_SHARD);
    let found = 0;
    for (let shard = 0; shard < shards; shard++) {
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: TABLE,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': partition(shard) },
            ConsistentRead: true,
            ExclusiveStartKey: from,
          }),
        );
        for (const { m } of (page.Items ?? []) as { m: Record<string, readonly [number, number]> }[])
          found += subscribersOf(m).length;
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
    }
    return found;
  }

  private key(item: number): { readonly pk: string; readonly sk: string } {
    return { pk: partition(Math.floor(item / ITEMS_OF_SHARD)), sk: String(item) };
  }
}

function partition(shard: number): string {
  return `ch#${CHANNEL}#${shard}`;
}

/** The subscribers of an item, as the store returns those of rows. */
function subscribersOf(map: Record<string, readonly [number, number]>): readonly Subscriber[] {
  return Object.entries(map).map(([id, [connectedAt, x]]) => ({ id, connectedAt, expiresAt: x * 1_000 }));
}
