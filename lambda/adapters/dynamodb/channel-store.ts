// The Channels table, a DynamoDB global table. Rows, by pk / sk:
// - <channel> / i#<region> is a region's interest in a channel: x expiry (s). Only that region writes it.
// - !drain / <region> is a drain mark: t since when (ms), r 1 once the region has returned. The last writer wins.
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { DRAIN_PARTITION, type DrainMarkRow, type DrainMarks, drainMarksOf } from '../../../lib/contract/drain-marks';
import type { InterestStore } from '../../core/regions/ports';
import { type Row, storing, storingIf } from './client';

const INTEREST = 'i#';

interface InterestRow extends Row {
  readonly x: number;
}

export class DynamoDbChannelStore implements InterestStore {
  public constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
    private readonly region: string,
  ) {}

  public async interested(channel: string): Promise<ReadonlyMap<string, number>> {
    // One row a region fits one page. Eventually consistent, since the rows are replicas of other regions' writes anyway.
    const { Items = [] } = await storing(
      this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :kind)',
          ExpressionAttributeValues: { ':pk': channel, ':kind': INTEREST },
        }),
      ),
    );
    return new Map((Items as InterestRow[]).map(({ sk, x }) => [sk.slice(INTEREST.length), x * 1000]));
  }

  public async noted(channel: string): Promise<number | undefined> {
    const { Item } = await storing(
      this.client.send(new GetCommand({ TableName: this.table, Key: this.key(channel), ConsistentRead: true })),
    );
    return Item === undefined ? undefined : (Item as InterestRow).x * 1000;
  }

  public async note(channel: string, until: number): Promise<void> {
    const row: InterestRow = { ...this.key(channel), x: Math.ceil(until / 1000) };
    await storing(this.client.send(new PutCommand({ TableName: this.table, Item: row })));
  }

  public async withdraw(channel: string, until: number): Promise<void> {
    // It fails when the note was withdrawn already, or renewed.
    await storingIf(
      this.client.send(
        new DeleteCommand({
          TableName: this.table,
          Key: this.key(channel),
          ConditionExpression: 'x = :until',
          ExpressionAttributeValues: { ':until': Math.ceil(until / 1000) },
        }),
      ),
    );
  }

  /** The drain marks. Strongly consistent, so that the read also proves that the table can be read. */
  public async marks(): Promise<DrainMarks> {
    const { Items = [] } = await storing(
      this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': DRAIN_PARTITION },
          ConsistentRead: true,
        }),
      ),
    );
    return drainMarksOf(Items as DrainMarkRow[]);
  }

  private key(channel: string): { pk: string; sk: string } {
    return { pk: channel, sk: `${INTEREST}${this.region}` };
  }
}
