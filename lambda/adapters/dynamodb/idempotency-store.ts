// Idempotency keys are in the Messages table, in the partition of their log: sk = `!<key>`, which sorts after the header.
// Attributes: r record (JSON), u until when the record is valid (ms), x expiry (s).
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { IdempotencyRecord, IdempotencyStore } from '../../core/publish/idempotency';
import type { LogKey } from '../../core/log/log-store';
import { storing } from './client';
import { partition } from './log-store';

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
      // lib-dynamodb unmarshals results, but not the item of an exception.
      const json = error instanceof ConditionalCheckFailedException ? error.Item?.r?.S : undefined;
      if (json === undefined) throw error;
      return JSON.parse(json) as IdempotencyRecord;
    }
  }

  public async settle(key: LogKey, idempotencyKey: string, record: IdempotencyRecord): Promise<void> {
    await storing(this.client.send(new PutCommand(this.row(key, idempotencyKey, record))));
  }

  public async find(key: LogKey, idempotencyKey: string): Promise<IdempotencyRecord | undefined> {
    // Eventually consistent, since the row is a replica of another region's write anyway.
    const Key = { pk: partition(key), sk: `!${idempotencyKey}` };
    const { Item } = await storing(this.client.send(new GetCommand({ TableName: this.table, Key })));
    return Item === undefined ? undefined : (JSON.parse((Item as { r: string }).r) as IdempotencyRecord);
  }

  private row(key: LogKey, idempotencyKey: string, record: IdempotencyRecord) {
    const { until } = record;
    const row = { u: until, r: JSON.stringify(record), x: Math.ceil(until / 1000) };
    return { TableName: this.table, Item: { pk: partition(key), sk: `!${idempotencyKey}`, ...row } };
  }
}
