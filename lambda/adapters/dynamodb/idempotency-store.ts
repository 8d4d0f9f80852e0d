// Idempotency keys are in the Messages table, in the partition of their log: sk = `!<key>`, which sorts after the header.
// Attributes: r record (JSON), u until when the record is valid (ms), a when the last later request came (ms), x expiry (s).
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { IdempotencyRecord, IdempotencyStore } from '../../core/publish/idempotency';
import type { LogKey } from '../../core/log/log-store';
import { existingRow, type Row, storing, storingIf } from './client';
import { partition } from './log-store';

/** The part of a row that makes the record. */
interface NotedRow extends Row {
  readonly r: string;
  readonly a?: number;
}

/**
 * Time between the end of a record and the moment from which TTL may delete its row. A key that is used again is written over the
 * row of its last use. In a global table, another region's TTL may delete an expired row at that moment, and the later delete wins:
 * the new record is lost, and a retry stored twice. So the row must not expire where keys are usually used again, after a day or a
 * week; DynamoDB deletes it within two days. docs/decisions/0025 Milliseconds.
 */
const TTL_GRACE = 3 * 86_400_000;

export class DynamoDbIdempotencyStore implements IdempotencyStore {
  public constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  public async claim(
    key: LogKey,
    idempotencyKey: string,
    record: IdempotencyRecord,
  ): Promise<IdempotencyRecord | undefined> {
    try {
      await storing(
        this.client.send(
          new PutCommand({
            ...this.row(key, idempotencyKey, record),
            // An expired record counts as absent, whether or not the database has deleted it.
            ConditionExpression: 'attribute_not_exists(pk) OR u <= :begun',
            ExpressionAttributeValues: { ':begun': record.begun },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return undefined;
    } catch (error) {
      return recordOf(existingRow(error) as NotedRow);
    }
  }

  public async note(key: LogKey, idempotencyKey: string, at: number): Promise<IdempotencyRecord | undefined> {
    const noted = await storingIf(
      this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: { pk: partition(key), sk: `!${idempotencyKey}` },
          UpdateExpression: 'SET a = :at',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':at': at },
          ReturnValues: 'ALL_OLD',
        }),
      ),
    );
    return noted && recordOf(noted.Attributes as NotedRow);
  }

  public async settle(key: LogKey, idempotencyKey: string, record: IdempotencyRecord): Promise<void> {
    await storing(this.client.send(new PutCommand(this.row(key, idempotencyKey, record))));
  }

  public async find(key: LogKey, idempotencyKey: string): Promise<IdempotencyRecord | undefined> {
    // Eventually consistent, since the row is a replica of another region's write anyway.
    const Key = { pk: partition(key), sk: `!${idempotencyKey}` };
    const { Item } = await storing(this.client.send(new GetCommand({ TableName: this.table, Key })));
    return Item === undefined ? undefined : recordOf(Item as NotedRow);
  }

  private row(key: LogKey, idempotencyKey: string, record: IdempotencyRecord) {
    const { until } = record;
    const row = { u: until, r: JSON.stringify(record), x: Math.ceil((until + TTL_GRACE) / 1000) };
    return { TableName: this.table, Item: { pk: partition(key), sk: `!${idempotencyKey}`, ...row } };
  }
}

function recordOf({ r, a }: NotedRow): IdempotencyRecord {
  const record = JSON.parse(r) as IdempotencyRecord;
  return a === undefined ? record : { ...record, attemptedAt: a };
}
