// Read and write units, as DynamoDB bills them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html: what finds nothing is not free.
// Transactions are not emulated: there is nothing of them to count.
import { type Meter, stepsOf } from '../../metering';
import type { EngineAnswer } from './engine';
import { itemSize } from './dynalite-patches/sizes';
import { type Fields, type Item, parse } from './wire';

/** Bytes of a write unit. */
const WRITE_UNIT = 1_024;

export const READS: ReadonlySet<string> = new Set(['BatchGetItem', 'GetItem', 'Query', 'Scan']);

interface Capacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
}

/** Meters what calls of one region's tables take, by asking the engine for it. */
export class CapacityMeter {
  public constructor(
    private readonly meter: Meter,
    private readonly isReplicated: (table: string) => boolean,
  ) {}

  /**
   * Lets the engine answer a call, and adds what it took.
   *
   * @param as how the meter calls the operation
   *
   * @returns the answer, with the capacity only if the caller asked for it
   */
  public async metered(
    operation: string,
    fields: Fields,
    call: (fields: Fields) => Promise<EngineAnswer>,
    as = operation,
  ): Promise<EngineAnswer> {
    const { ReturnConsumedCapacity: wanted = 'NONE', ConsistentRead: consistent } = fields;
    const result = await call(wanted === 'NONE' ? { ...fields, ReturnConsumedCapacity: 'TOTAL' } : fields);
    if (result.status !== 200) return result;
    const { consumed, rest } = apart(result.body);
    // DynamoDB Local forgets that a query that finds nothing takes the least that a read does; and it forgets it for keys of a batch.
    const least = READS.has(operation) && consistent !== true ? 0.5 : 1;
    for (const { TableName: table, CapacityUnits: units } of consumed)
      this.add(READS.has(operation), table, as, Math.max(units, least));
    return wanted === 'NONE' ? { status: 200, body: rest } : result;
  }

  /**
   * Adds a write whose condition failed: it takes what the larger of the item that stands there and the one that was to be
   * written would. Of an update, which tells no whole item, the one that stands there counts. Nothing is replicated.
   */
  public failed(operation: string, table: string, ...items: readonly (Item | undefined)[]): void {
    const size = Math.max(...items.map((item) => (item === undefined ? 0 : itemSize(item))));
    this.add(false, table, operation, stepsOf(size, WRITE_UNIT));
  }

  private add(isRead: boolean, table: string, operation: string, amount: number): void {
    const writes = this.isReplicated(table) ? 'replicated write request units' : 'write request units';
    this.meter.add({
      service: 'dynamodb', resource: table, operation, amount,
      unit: isRead ? 'read request units' : writes,
    });
  }
}

interface Parts {
  readonly consumed: readonly Capacity[];
  /** The answer without it. */
  readonly rest: string;
}

const FIELD = '"ConsumedCapacity":';

/** Answers may have a megabyte of items: where the capacity comes last, nothing else is parsed. */
function apart(body: string): Parts {
  const at = body.lastIndexOf(FIELD);
  if (at < 0) return { consumed: [], rest: body };
  try {
    const last = JSON.parse(body.slice(at + FIELD.length, -1)) as Capacity | readonly Capacity[];
    return { consumed: [last].flat(), rest: `${body.slice(0, at).replace(/,$/, '')}}` };
  } catch {
    // An attribute of that name, or a field that others follow.
    const { ConsumedCapacity: consumed = [], ...rest } = parse(body);
    return { consumed: [consumed].flat() as Capacity[], rest: JSON.stringify(rest) };
  }
}
