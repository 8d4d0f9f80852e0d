import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { printable, RealtimeError } from '../../../protocol';
import type { ConnectionList, ConnectionPage } from '../../core/regions/drain';
import { CONNECTION_PREFIX } from './connection-store';
import { type Row, storing } from './client';

/** Rows read for a page of connections: few enough to send to all of them within a minute, even to slow ones. */
const ROWS = 1_000;

/** The connections of the Connections table, in no particular order. */
export class DynamoDbConnectionList implements ConnectionList {
  public constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  public async page(from: string): Promise<ConnectionPage> {
    const { Items = [], LastEvaluatedKey: last } = await storing(
      this.client.send(new ScanCommand({ ...this.scan(from), ProjectionExpression: 'pk', Limit: ROWS })),
    );
    return { ids: (Items as Row[]).map(({ pk }) => pk.slice(CONNECTION_PREFIX.length)), next: nextOf(last) };
  }

  public async count(from: string): Promise<{ count: number; next?: string }> {
    const { Count = 0, LastEvaluatedKey: last } = await storing(
      this.client.send(new ScanCommand({ ...this.scan(from), Select: 'COUNT' })),
    );
    return { count: Count, next: nextOf(last) };
  }

  private scan(from: string): ScanCommand['input'] {
    return {
      TableName: this.table,
      FilterExpression: 'begins_with(pk, :connection)',
      ExpressionAttributeValues: { ':connection': CONNECTION_PREFIX },
      ExclusiveStartKey: from === '' ? undefined : keyOf(from),
    };
  }
}

function nextOf(last: Record<string, unknown> | undefined): string | undefined {
  return last === undefined ? undefined : Buffer.from(JSON.stringify([last.pk, last.sk])).toString('base64url');
}

/** @throws RealtimeError field_invalid when the text is not the `next` of an earlier page */
function keyOf(next: string): { pk: string; sk: string } {
  const [pk, sk] = read(next);
  if (typeof pk === 'string' && typeof sk === 'string') return { pk, sk };
  throw new RealtimeError('field_invalid', `\`next\` must come from an earlier answer, got: ${printable(next)}.`);
}

function read(next: string): readonly unknown[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(next, 'base64url').toString());
    return Array.isArray(key) ? key : [];
  } catch {
    return [];
  }
}
