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

/** A successful write. */
export interface TableWrite {
  readonly table: string;
  readonly key: Item;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** Item after a write, for other replicas of its table. */
export interface ItemImage {
  readonly key: Item;
  /** Name of the item, unique over all tables. */
  readonly item: string;
  /** Undefined when it was deleted. */
  readonly image: Item | undefined;
}

/** Injects an error, such as throttling, before a call reaches the engine. */
export type CallFault = (
  operation: string,
  table: string,
) => { readonly name: string; readonly message: string } | undefined;

/** Operations that are passed to the engine unchanged. */
const PASSED = new Set([...READS, 'ListTables', 'ListTagsOfResource', 'TagResource', 'UntagResource']);
const TABLE_OPERATIONS = new Set(['CreateTable', 'UpdateTable', 'DescribeTable', 'DeleteTable']);
const ITEM_WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/**
 * DynamoDB of one region, in front of an engine. It adds features that engines lack (the item of a failed condition, TTL) and
 * features of the emulation (faults, stale reads, a feed of writes).
 */
export class DynamoDbService implements AwsService {
  public readonly stale = new StaleReads();
  public readonly timeToLive: TimeToLive;
  public fault: CallFault = () => undefined;
  private readonly locks = new KeyLocks();
  private readonly tables: Tables;
  private readonly listeners: ((write: TableWrite) => void)[] = [];
  /** Replication listeners by table. */
  private readonly replicators = new Map<string, (image: ItemImage) => void>();
  private readonly capacity: CapacityMeter;

  public constructor(
    private readonly engine: DynamoDbEngine,
    clock: Clock,
    meter = new Meter(),
  ) {
    this.capacity = new CapacityMeter(meter, (table) => this.replicators.has(table));
    this.tables = new Tables((operation, fields) => engine.call(operation, JSON.stringify(fields)));
    this.timeToLive = new TimeToLive({
      clock,
      engine,
      keyNames: (table) => this.keyNames(table),
      // Deletes by TTL are free; only their replication is billed.
      deleteItem: async (table, key, condition) => {
        await this.writeItem('DeleteItem', table, { TableName: table, Key: key, ...condition }, 'free');
      },
    });
  }

  /** Registers a listener for every successful write, in order for each key. */
  public onWrite(listener: (write: TableWrite) => void): void {
    this.listeners.push(listener);
  }

  /** Registers the replication listener of a table: called after every write, in order for each key, except replicated writes. */
  public onImage(table: string, listener: (image: ItemImage) => void): void {
    this.replicators.set(table, listener);
  }

  /**
   * Applies a replicated write under the lock of its key.
   *
   * @param decide calls `write` or skips it, and returns whether it wrote
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

  /** Executes an operation of the API. */
  public async call(operation: string, given: Fields): Promise<EngineAnswer> {
    const table = tableNameOf(given);
    // Engines do not accept ARNs.
    const fields = typeof given.TableName === 'string' ? { ...given, TableName: table } : given;
    const fault = this.fault(operation, table);
    if (fault !== undefined)
      return failure(fault.name, fault.message, fault.name === 'InternalServerError' ? 500 : 400);
    const rejection = rejectCall(operation, fields);
    if (rejection !== undefined) return rejection;
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

  /** Writes one item under the lock of its key, so that a read after a failed condition returns the item that failed it. */
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
        const returnsOld = wantsOld === 'ALL_OLD' && item !== undefined;
        return returnsOld ? answer(result.status, { ...parse(result.body), Item: item }) : result;
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

  /** Whether the item before a write is needed. */
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
