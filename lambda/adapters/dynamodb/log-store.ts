// The Messages table. Rows, by pk / sk:
// - <channel>#<origin> / <epoch>#<sequence number, 12 digits> is an entry: t time (ms), f from, m messages (JSON), x expiry (s),
//   p expiry of the entry before (s), q the queue's sequence number, c 1 if the epoch is closed after it.
// - <channel>#<origin> / ! is the log's header, which sorts before every epoch: e epoch, o previous epoch, t time (ms), x expiry (s).
// - <channel>#<origin> / !<key> is an idempotency key (idempotency-store.ts).
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { sizeOf } from '../../core/log/message-pages';
import type { Entry, EntryMessage, LogHeader, LogKey, LogPlace, OperatedLogStore } from '../../core/log/log-store';
import { existingRow, type Row, storing, storingIf } from './client';

const HEADER = '!';
/** Sort keys before and after every entry: epochs begin with a digit or a lower-case letter. */
const FIRST = '0';
const LAST = '~';
/** Entries of the first page of a read that is limited by bytes: most catch-ups are shorter. */
const FIRST_PAGE = 10;

interface EntryRow extends Row {
  readonly t: number;
  readonly f: string;
  readonly m: string;
  readonly x: number;
  readonly p: number;
  readonly q?: string;
  readonly c?: 1;
}

interface HeaderRow extends Row {
  readonly e: string;
  readonly o?: string;
  readonly t: number;
  readonly x: number;
}

/** A read of entries by their sort keys. */
interface Range {
  readonly first: string;
  readonly last: string;
  readonly isForward: boolean;
  readonly limit: number;
  /** @default - no limit */
  readonly bytes?: number;
}

export class DynamoDbLogStore implements OperatedLogStore {
  public constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  public async append(key: LogKey, entry: Entry): Promise<{ existing?: Entry }> {
    try {
      await storing(this.client.send(this.put(toEntryRow(key, entry), 'attribute_not_exists(pk)')));
      return {};
    } catch (error) {
      return { existing: fromEntryRow(existingRow(error) as EntryRow) };
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

  public async close(key: LogKey, entry: Entry): Promise<void> {
    await storingIf(
      this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: { pk: partition(key), sk: sortKey(entry) },
          UpdateExpression: 'SET c = :closed',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':closed': 1 },
        }),
      ),
    );
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
      return fromHeaderRow(existingRow(error) as HeaderRow);
    }
  }

  public async from(
    key: LogKey,
    place: LogPlace | undefined,
    limit: number,
    bytes?: number,
  ): Promise<readonly Entry[]> {
    const first = place === undefined ? FIRST : sortKey(place);
    return this.query(key, { first, last: LAST, isForward: true, limit, bytes });
  }

  public async before(
    key: LogKey,
    place: LogPlace | undefined,
    limit: number,
    bytes?: number,
  ): Promise<readonly Entry[]> {
    // BETWEEN includes its bounds; the entry before (epoch, seq) starts at seq - 1 or earlier.
    const last = place === undefined ? LAST : sortKey({ ...place, seq: place.seq - 1 });
    return this.query(key, { first: FIRST, last, isForward: false, limit, bytes });
  }

  private async query(
    key: LogKey,
    { first, last, isForward, limit, bytes = Number.POSITIVE_INFINITY }: Range,
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
            ExpressionAttributeValues: { ':pk': partition(key), ':from': first, ':to': last },
            ConsistentRead: true,
            ScanIndexForward: isForward,
            Limit: Math.min(limit - entries.length, pageLimit(bytes, size, entries.length)),
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

/** The partition key of a log, its header and its idempotency keys. */
export function partition({ channel, origin }: LogKey): string {
  return `${channel}#${origin}`;
}

/** Entries of the next page, estimated from the size of those read so far, so that the read takes no more than needed. */
function pageLimit(bytes: number, size: number, count: number): number {
  if (bytes === Number.POSITIVE_INFINITY) return bytes;
  if (count === 0) return Math.min(FIRST_PAGE, Math.ceil(bytes / 4_096));
  return Math.max(1, Math.ceil((bytes - size) / (size / count)));
}

function sortKey({ epoch, seq }: LogPlace): string {
  return `${epoch}#${String(seq).padStart(12, '0')}`;
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

function fromEntryRow({ sk, t, f, m, x, p, q, c }: EntryRow): Entry {
  const [epoch = '', seq] = sk.split('#');
  return {
    epoch,
    seq: Number(seq),
    ts: t,
    from: f,
    messages: JSON.parse(m) as EntryMessage[],
    deleteAfter: x * 1000,
    previousDeleteAfter: p * 1000,
    queued: q,
    ...(c === undefined ? {} : { isClosed: true }),
  };
}

function toHeaderRow(key: LogKey, { epoch, previous, ts, deleteAfter }: LogHeader): HeaderRow {
  const row = { pk: partition(key), sk: HEADER, e: epoch, t: ts, x: Math.ceil(deleteAfter / 1000) };
  return previous === undefined ? row : { ...row, o: previous };
}

function fromHeaderRow({ e, o, t, x }: HeaderRow): LogHeader {
  return { epoch: e, previous: o, ts: t, deleteAfter: x * 1000 };
}
