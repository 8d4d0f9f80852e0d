// Read and write units that DynamoDB bills.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html: a query without results is not free.
// Transactions are not emulated, so they are not metered.
import { type Meter, stepsOf } from '../../metering';
import type { EngineAnswer } from './engine';
import { itemSize } from './dynalite-patches/sizes';
import { type Fields, type Item, parse } from './wire';

/** Size of a write unit. Bytes. */
const WRITE_UNIT = 1_024;

export const READS: ReadonlySet<string> = new Set(['BatchGetItem', 'GetItem', 'Query', 'Scan']);

interface Capacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
}

/** Meters the capacity of calls to one region's tables, as the engine reports it. */
export class CapacityMeter {
  public constructor(
    private readonly meter: Meter,
    private readonly isReplicated: (table: string) => boolean,
  ) {}

  /**
   * Makes a call to the engine, and adds its capacity to the meter.
   *
   * @param as name of the operation in the meter
   *
   * @returns the answer, with the consumed capacity only if the caller requested it
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
    // DynamoDB Local reports nothing for queries and batch keys without results, which DynamoDB bills with the minimum of a read.
    const least = READS.has(operation) && consistent !== true ? 0.5 : 1;
    for (const { TableName: table, CapacityUnits: units } of consumed)
      this.add(READS.has(operation), table, as, Math.max(units, least));
    return wanted === 'NONE' ? { status: 200, body: rest } : result;
  }

  /**
   * Adds a write whose condition failed. It costs as much as the larger of the existing and the new item. For an update, which
   * has no complete new item, the existing one counts. Nothing is replicated.
   */
  public failed(operation: string, table: string, ...items: readonly (Item | undefined)[]): void {
    const size = Math.max(...items.map((item) => (item === undefined ? 0 : itemSize(item))));
    this.add(false, table, operation, stepsOf(size, WRITE_UNIT));
  }

  private add(isRead: boolean, table: string, operation: string, amount: number): void {
    const writes = this.isReplicated(table) ? 'replicated write request units' : 'write request units';
    this.meter.add({
      service: 'dynamodb',
      resource: table,
      operation,
      amount,
      unit: isRead ? 'read request units' : writes,
    });
  }
}

interface Parts {
  readonly consumed: readonly Capacity[];
  /** The answer without the consumed capacity. */
  readonly rest: string;
}

const FIELD = '"ConsumedCapacity":';

/** Separates the consumed capacity from an answer. Parses the whole answer, of up to 1 MB, only when the capacity is not last. */
function apart(body: string): Parts {
  const at = body.lastIndexOf(FIELD);
  if (at < 0) return { consumed: [], rest: body };
  try {
    const last = JSON.parse(body.slice(at + FIELD.length, -1)) as Capacity | readonly Capacity[];
    return { consumed: [last].flat(), rest: `${body.slice(0, at).replace(/,$/, '')}}` };
  } catch {
    // The match is an attribute of that name, or other fields follow the capacity.
    const { ConsumedCapacity: consumed = [], ...rest } = parse(body);
    return { consumed: [consumed].flat() as Capacity[], rest: JSON.stringify(rest) };
  }
}
