// The Messages table. pk = <channel>#<origin>; sk = <epoch>#<sequence, 12 digits> for an entry, `!` for the header, which
// sorts before every epoch. Attributes: t time, f from, m messages (JSON), x expiry, p expiry of the entry before,
// q queue's sequence number; e epoch, o previous epoch.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { sizeOf } from '../../core/log/message-pages';
import type { Entry, EntryMessage, LogHeader, LogKey, LogStore } from '../../core/log/log-store';
import { type Row, storing } from './client';

const HEADER = '!';
/** Sorts before and after every entry: epochs begin with a digit or a lower-case letter. */
const FIRST = '0';
const LAST = '~';
/** Entries of a read's first page when only so many bytes are wanted: most catch-ups are shorter. */
const FIRST_PAGE = 10;

interface EntryRow extends Row {
  readonly t: number;
  readonly f: string;
  readonly m: string;
  readonly x: number;
  readonly p: number;
  readonly q?: string;
}

interface HeaderRow extends Row {
  readonly e: string;
  readonly o?: string;
  readonly t: number;
  readonly x: number;
}

export class DynamoDbLogStore implements LogStore {
  public constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  public async append(key: LogKey, entry: Entry): Promise<{ existing?: Entry }> {
    try {
      await storing(this.client.send(this.put(toEntryRow(key, entry), 'attribute_not_exists(pk)')));
      return {};
    } catch (error) {
      return { existing: fromEntryRow(standing(error) as EntryRow) };
    }
  }

  public async newest(key: LogKey): Promise<Entry | undefined> {
    const [entry] = await this.before(key, undefined, 1);
    return entry;
  }

  public async header(key: LogKey): Promise<LogHeader | undefined> {
    const { Item } = await storing(
      this.client.send(
        new GetCommand({ TableName: this.table, Key: { pk: partition(key), sk: HEADER }, ConsistentRead: true }),
      ),
    );
    return Item === undefined ? undefined : fromHeaderRow(Item as HeaderRow);
  }

  public async openEpoch(key: LogKey, header: LogHeader, seen: string | undefined): Promise<LogHeader> {
    const row = toHeaderRow(key, header);
    try {
      await storing(
        this.client.send(
          seen === undefined
            ? this.put(row, 'attribute_not_exists(pk)')
            : this.put(row, 'e = :seen', { ':seen': seen }),
        ),
      );
      return header;
    } catch (error) {
      return fromHeaderRow(standing(error) as HeaderRow);
    }
  }

  public async from(
    key: LogKey,
    place: { epoch: string; seq: number } | undefined,
    limit: number,
    bytes?: number,
  ): Promise<readonly Entry[]> {
    return this.query(key, place === undefined ? FIRST : sortKey(place), LAST, true, limit, bytes);
  }

  public async before(
    key: LogKey,
    place: { epoch: string; seq: number } | undefined,
    limit: number,
    bytes?: number,
  ): Promise<readonly Entry[]> {
    // BETWEEN includes its bounds; the entry before (epoch, seq) starts at seq - 1 or earlier.
    const to = place === undefined ? LAST : sortKey({ ...place, seq: place.seq - 1 });
    return this.query(key, FIRST, to, false, limit, bytes);
  }

  private async query(
    key: LogKey,
    from: string,
    to: string,
    forward: boolean,
    limit: number,
    bytes = Number.POSITIVE_INFINITY,
  ): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    let size = 0;
    let start: Record<string, unknown> | undefined;
    do {
      const page = await storing(
        this.client.send(
          new QueryCommand({
            TableName: this.table,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
            ExpressionAttributeValues: { ':pk': partition(key), ':from': from, ':to': to },
            ConsistentRead: true,
            ScanIndexForward: forward,
            Limit: Math.min(limit - entries.length, pageOf(bytes, size, entries.length)),
            ExclusiveStartKey: start,
          }),
        ),
      );
      const more = ((page.Items ?? []) as EntryRow[]).map(fromEntryRow);
      entries.push(...more);
      size += more.reduce((sum, entry) => sum + sizeOf(entry), 0);
      start = page.LastEvaluatedKey;
    } while (start !== undefined && entries.length < limit && size < bytes);
    return entries;
  }

  private put(row: Row, condition: string, values?: Record<string, string>): PutCommand {
    return new PutCommand({
      TableName: this.table,
      Item: row,
      ConditionExpression: condition,
      ExpressionAttributeValues: values,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  }
}

/** Where a log stands, with what belongs to it. */
export function partition({ channel, origin }: LogKey): string {
  return `${channel}#${origin}`;
}

/** Entries to ask for next: by the size of those that were read, so that no more is read than is wanted. */
function pageOf(bytes: number, size: number, count: number): number {
  if (bytes === Number.POSITIVE_INFINITY) return bytes;
  if (count === 0) return Math.min(FIRST_PAGE, Math.ceil(bytes / 4_096));
  return Math.max(1, Math.ceil((bytes - size) / (size / count)));
}

function sortKey({ epoch, seq }: { epoch: string; seq: number }): string {
  return `${epoch}#${String(seq).padStart(12, '0')}`;
}

/** The row that stood in the way of a conditional write. */
function standing(error: unknown): Row {
  // lib-dynamodb unmarshals results, not what an exception carries.
  if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
  const plain = Object.entries(error.Item).map(([name, { S, N }]) => [name, N === undefined ? S : Number(N)] as const);
  return Object.fromEntries(plain) as unknown as Row;
}

function toEntryRow(key: LogKey, entry: Entry): EntryRow {
  const { ts, from, messages, deleteAfter, previousDeleteAfter, queued } = entry;
  return {
    pk: partition(key),
    sk: sortKey(entry),
    t: ts,
    f: from,
    m: JSON.stringify(messages),
    x: Math.ceil(deleteAfter / 1000),
    p: Math.ceil(previousDeleteAfter / 1000),
    ...(queued === undefined ? {} : { q: queued }),
  };
}

function fromEntryRow({ sk, t, f, m, x, p, q }: EntryRow): Entry {
  const [epoch = '', seq] = sk.split('#');
  return {
    ...{ epoch, seq: Number(seq), ts: t, from: f, messages: JSON.parse(m) as EntryMessage[] },
    ...{ deleteAfter: x * 1000, previousDeleteAfter: p * 1000 },
    ...(q === undefined ? {} : { queued: q }),
  };
}

function toHeaderRow(key: LogKey, { epoch, previous, ts, deleteAfter }: LogHeader): HeaderRow {
  const row = { pk: partition(key), sk: HEADER, e: epoch, t: ts, x: Math.ceil(deleteAfter / 1000) };
  return previous === undefined ? row : { ...row, o: previous };
}

function fromHeaderRow({ e, o, t, x }: HeaderRow): LogHeader {
  return { epoch: e, ...(o === undefined ? {} : { previous: o }), ts: t, deleteAfter: x * 1000 };
}
