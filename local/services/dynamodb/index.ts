import type { Clock } from '../../support/clock';
import { Meter } from '../../metering';
import type { AwsRequest, AwsResponse, AwsService } from '../../types';
import { CapacityMeter, READS } from './capacity';
import { rejectCall, unknownOperation } from './checks';
import type { DynamoDbEngine, EngineAnswer } from './engine';
import { KeyLocks } from './key-locks';
import { StaleReads } from './stale-reads';
import { Tables } from './tables';
import { TimeToLive } from './time-to-live';
import { completeAnswer } from './write-answers';
import {
  answer,
  errorName,
  failure,
  type Fields,
  type Item,
  keyOf,
  type KeyNames,
  lockName,
  parse,
  tableNameOf,
  validation,
} from './wire';

export { startDynalite } from './dynalite-engine';
export { itemSize } from './dynalite-patches/sizes';
export { findJar, JAR_FOLDER_VARIABLE, type JarEngine, type JarOptions, startJar } from './jar-engine';
export type { DynamoDbEngine, EngineAnswer } from './engine';
export type { AttributeValue, Item } from './wire';

/** A write that took effect. */
export interface TableWrite {
  readonly table: string;
  readonly key: Item;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** What a write left, for other replicas of its table. */
export interface ItemImage {
  readonly key: Item;
  /** Names the item among those of all tables. */
  readonly item: string;
  /** Undefined when it was deleted. */
  readonly image: Item | undefined;
}

/** May refuse a call before the engine sees it: throttles, outages. Returns the error to answer with. */
export type CallFault = (
  operation: string,
  table: string,
) => { readonly name: string; readonly message: string } | undefined;

/** What the front hands to the engine. Anything else is refused by name, never answered wrongly. */
const PASSED = new Set([...READS, 'ListTables', 'ListTagsOfResource', 'TagResource', 'UntagResource']);
const TABLE_OPERATIONS = new Set(['CreateTable', 'UpdateTable', 'DescribeTable', 'DeleteTable']);
const ITEM_WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/**
 * DynamoDB of one region: the front before an engine, and the only way in. It adds what the engine lacks (what stood in
 * the way of a failed condition, TTL) and what emulation is about (faults, stale reads, a feed of writes).
 */
export class DynamoDbService implements AwsService {
  public readonly stale = new StaleReads();
  public readonly timeToLive: TimeToLive;
  public fault: CallFault = () => undefined;
  private readonly locks = new KeyLocks();
  private readonly tables: Tables;
  private readonly listeners: ((write: TableWrite) => void)[] = [];
  /** By table: who replicates it. */
  private readonly replicators = new Map<string, (image: ItemImage) => void>();
  private readonly capacity: CapacityMeter;

  public constructor(
    private readonly engine: DynamoDbEngine,
    clock: Clock,
    meter = new Meter(),
  ) {
    this.capacity = new CapacityMeter(meter, (table) => this.replicators.has(table));
    this.tables = new Tables((operation, fields) => engine.call(operation, JSON.stringify(fields)));
    this.timeToLive = new TimeToLive(
      clock,
      engine,
      (table) => this.keyNames(table),
      // TTL's own deletes are free; what they cost is their replication.
      async (table, key, condition) => {
        await this.writeItem('DeleteItem', table, { TableName: table, Key: key, ...condition }, 'free');
      },
    );
  }

  /** Tells of every write that takes effect, in order for each key. */
  public onWrite(listener: (write: TableWrite) => void): void {
    this.listeners.push(listener);
  }

  /** Tells of what every write to a table left, in order for each key. What another replica wrote is not told again. */
  public onImage(table: string, listener: (image: ItemImage) => void): void {
    this.replicators.set(table, listener);
  }

  /**
   * Writes what another replica of a table has, alone on its key.
   *
   * @param decide writes it, or not; returns whether it did
   */
  public replicate(
    { table, key, image }: { readonly table: string; readonly key: Item; readonly image: Item | undefined },
    decide: (write: () => Promise<void>) => Promise<boolean>,
  ): Promise<boolean> {
    return this.locks.with([lockName(table, key)], () =>
      decide(async () => {
        const before = this.isWatched(table) ? await this.item(table, key) : undefined;
        const [operation, fields] = image === undefined ? ['DeleteItem', { Key: key }] : ['PutItem', { Item: image }];
        const result = await this.metered(operation, { TableName: table, ...fields }, `${operation}, replicated`);
        if (result.status !== 200) throw new Error(result.body);
        this.stale.record(table, key, before);
      }),
    );
  }

  public async handle({ operation, json }: AwsRequest): Promise<AwsResponse> {
    let fields: unknown;
    try {
      fields = json();
    } catch {
      return respond(answer(400, { __type: 'com.amazon.coral.service#SerializationException' }));
    }
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      return respond(answer(400, { __type: 'com.amazon.coral.service#SerializationException' }));
    }
    return respond(await this.call(operation, fields as Fields));
  }

  /** One call of the API, by its operation and its parameters. */
  public async call(operation: string, given: Fields): Promise<EngineAnswer> {
    const table = tableNameOf(given);
    // Engines know no ARNs.
    const fields = typeof given.TableName === 'string' ? { ...given, TableName: table } : given;
    const fault = this.fault(operation, table);
    if (fault !== undefined)
      return failure(fault.name, fault.message, fault.name === 'InternalServerError' ? 500 : 400);
    const refused = rejectCall(operation, fields);
    if (refused !== undefined) return refused;
    if (operation === 'UpdateTimeToLive') return this.timeToLive.update(fields);
    if (operation === 'DescribeTimeToLive') return this.timeToLive.describe(fields);
    if (operation === 'BatchWriteItem') return this.batchWrite(fields);
    if (ITEM_WRITES.has(operation)) return this.writeItem(operation, table, fields);
    if (PASSED.has(operation)) return this.read(operation, table, fields);
    if (!TABLE_OPERATIONS.has(operation)) return unknownOperation(`the DynamoDB operation ${operation}`);
    const result = await this.tables.handle(operation, fields);
    if (operation === 'DeleteTable' && result.status === 200) this.timeToLive.forget(table);
    return result;
  }

  public async stop(): Promise<void> {
    this.timeToLive.stop();
    await this.engine.stop();
  }

  /** Writes one item, alone on its key: so that what is read after a failed condition is what made it fail. */
  private async writeItem(
    operation: string,
    table: string,
    fields: Fields,
    price: 'free' | 'metered' = 'metered',
  ): Promise<EngineAnswer> {
    const schema = await this.tables.schema(table);
    const names = schema?.keys ?? [];
    const source = (operation === 'PutItem' ? fields.Item : fields.Key) as Item | undefined;
    const key = keyOf(source ?? {}, names);
    const wantsOld = fields.ReturnValuesOnConditionCheckFailure;
    if (wantsOld !== undefined && wantsOld !== 'ALL_OLD' && wantsOld !== 'NONE') {
      return validation(
        `1 validation error detected: Value '${JSON.stringify(wantsOld)}' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]`,
      );
    }
    return this.locks.with([lockName(table, key)], async () => {
      const watched = this.isWatched(table);
      const before = watched ? await this.item(table, key) : undefined;
      const { ReturnValuesOnConditionCheckFailure: _, ...passed } = fields;
      const answered = price === 'free' ? await this.ask(operation, passed) : await this.metered(operation, passed);
      const result = completeAnswer(answered, fields, schema, key);
      if (errorName(result) === 'ConditionalCheckFailedException' && price === 'metered') {
        const item = await this.item(table, key);
        this.capacity.failed(operation, table, item, fields.Item as Item | undefined);
        const isTold = wantsOld === 'ALL_OLD' && item !== undefined;
        return isTold ? answer(result.status, { ...parse(result.body), Item: item }) : result;
      }
      if (result.status === 200) await this.written(table, key, before);
      return result;
    });
  }

  private async batchWrite(fields: Fields): Promise<EngineAnswer> {
    const writes: { table: string; key: Item }[] = [];
    for (const [table, requests] of Object.entries((fields.RequestItems ?? {}) as Record<string, unknown>)) {
      const names = (await this.keyNames(table)) ?? [];
      for (const request of Array.isArray(requests) ? (requests as Fields[]) : []) {
        const { PutRequest: put, DeleteRequest: del } = request as {
          PutRequest?: { Item?: Item };
          DeleteRequest?: { Key?: Item };
        };
        writes.push({ table, key: keyOf(put?.Item ?? del?.Key ?? {}, names) });
      }
    }
    return this.locks.with(
      writes.map(({ table, key }) => lockName(table, key)),
      async () => {
        const before = await Promise.all(
          writes.map(({ table, key }) => (this.isWatched(table) ? this.item(table, key) : Promise.resolve(undefined))),
        );
        const result = await this.metered('BatchWriteItem', fields);
        if (result.status === 200) {
          for (const [i, { table, key }] of writes.entries()) await this.written(table, key, before[i]);
        }
        return result;
      },
    );
  }

  private async read(operation: string, table: string, fields: Fields): Promise<EngineAnswer> {
    const result = await (READS.has(operation) ? this.metered(operation, fields) : this.ask(operation, fields));
    if (result.status !== 200 || fields.ConsistentRead === true || !this.stale.isOn(table)) return result;
    const names = (await this.keyNames(table)) ?? [];
    const body = parse(result.body);
    if (operation === 'GetItem') {
      const [item] = this.stale.filter(table, body.Item === undefined ? [] : [body.Item as Item], names);
      const { Item: _, ...rest } = body;
      return answer(200, item === undefined ? rest : { ...rest, Item: item });
    }
    if (!Array.isArray(body.Items)) return result;
    const items = this.stale.filter(table, body.Items as Item[], names);
    return answer(200, { ...body, Items: items, Count: items.length });
  }

  private async written(table: string, key: Item, before: Item | undefined): Promise<void> {
    this.stale.record(table, key, before);
    const replicate = this.replicators.get(table);
    if (this.listeners.length === 0 && replicate === undefined) return;
    const after = await this.item(table, key);
    for (const listener of this.listeners) listener({ table, key, before, after });
    replicate?.({ key, item: lockName(table, key), image: after });
  }

  private ask(operation: string, fields: Fields): Promise<EngineAnswer> {
    return this.engine.call(operation, JSON.stringify(fields));
  }

  private metered(operation: string, fields: Fields, as?: string): Promise<EngineAnswer> {
    return this.capacity.metered(operation, fields, (asked) => this.ask(operation, asked), as);
  }

  private async item(table: string, key: Item): Promise<Item | undefined> {
    const got = await this.engine.call('GetItem', JSON.stringify({ TableName: table, Key: key, ConsistentRead: true }));
    return parse(got.body).Item as Item | undefined;
  }

  /** Whether anybody wants to know what stood there before a write. */
  private isWatched(table: string): boolean {
    return this.listeners.length > 0 || this.stale.isOn(table);
  }

  private async keyNames(table: string): Promise<KeyNames | undefined> {
    return (await this.tables.schema(table))?.keys;
  }
}

function respond({ status, body }: EngineAnswer): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
}
