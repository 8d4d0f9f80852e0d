// TTL: its API, and the deletion of expired items. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
import type { Clock, Timer } from '../../support/clock';
import type { DynamoDbEngine, EngineAnswer } from './engine';
import { LateDeletions } from './late-deletions';
import { answer, failure, type Fields, type Item, keyOf, type KeyNames, parse, tableNameOf, validation } from './wire';

/** Interval of the search for expired items. AWS deletes them within a few days, without a guarantee. Milliseconds. */
export const SWEEP_INTERVAL = 60_000;
/** Items that expired longer ago are not deleted, as AWS documents: five years. Seconds. */
const TOO_OLD = 5 * 365 * 86_400;

export interface TimeToLiveDeps {
  readonly clock: Clock;
  readonly engine: DynamoDbEngine;
  readonly keyNames: (table: string) => Promise<KeyNames | undefined>;
  /** Deletes an item if the condition holds. */
  readonly deleteItem: (table: string, key: Item, condition: Fields) => Promise<void>;
}

/** TTL settings of all tables, and the periodic deletion. */
export class TimeToLive {
  /** Fault: delays deletions. By default, the first sweep after the expiry deletes an item, in the order of the table. */
  public readonly lateDeletions = new LateDeletions();
  private readonly attributes = new Map<string, string>();
  private timer: Timer | undefined;

  private readonly clock: Clock;

  public constructor(private readonly deps: TimeToLiveDeps) {
    this.clock = deps.clock;
    this.schedule();
  }

  /** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html */
  public async update(fields: Fields): Promise<EngineAnswer> {
    const table = tableNameOf(fields);
    const { Enabled: enabled, AttributeName: attribute } = (fields.TimeToLiveSpecification ?? {}) as Fields;
    const wrong = specificationError(fields.TimeToLiveSpecification as Fields | undefined);
    if (wrong !== undefined || typeof attribute !== 'string')
      return validation(`1 validation error detected: ${wrong}`);
    if ((await this.deps.keyNames(table)) === undefined) return notFound(table);
    const current = this.attributes.get(table);
    if (enabled && current === attribute) return validation('TimeToLive is already enabled');
    if (enabled && current !== undefined) {
      return validation(`TimeToLive is active on a different AttributeName: current AttributeName is ${current}`);
    }
    if (!enabled && current === undefined) return validation('TimeToLive is already disabled');
    if (!enabled && current !== attribute) {
      return validation(`TimeToLive is active on a different AttributeName: current AttributeName is ${current}`);
    }
    if (enabled) this.attributes.set(table, attribute);
    else this.attributes.delete(table);
    return answer(200, { TimeToLiveSpecification: { AttributeName: attribute, Enabled: enabled } });
  }

  public async describe(fields: Fields): Promise<EngineAnswer> {
    const table = tableNameOf(fields);
    if ((await this.deps.keyNames(table)) === undefined) return notFound(table);
    const attribute = this.attributes.get(table);
    return answer(200, {
      TimeToLiveDescription:
        attribute === undefined
          ? { TimeToLiveStatus: 'DISABLED' }
          : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute },
    });
  }

  public forget(table: string): void {
    this.attributes.delete(table);
  }

  /** Deletes the expired items of every table with TTL. */
  public async sweep(): Promise<void> {
    const now = Math.floor(this.clock.now() / 1000);
    for (const [table, attribute] of this.attributes) await this.sweepTable(table, attribute, now);
  }

  public stop(): void {
    if (this.timer !== undefined) this.clock.clear(this.timer);
  }

  private async sweepTable(table: string, attribute: string, now: number): Promise<void> {
    const names = await this.deps.keyNames(table);
    if (names === undefined) return;
    const expired = {
      ExpressionAttributeNames: { '#ttl': attribute },
      ExpressionAttributeValues: { ':now': { N: String(now) }, ':old': { N: String(now - TOO_OLD) } },
    };
    let start: unknown;
    do {
      const page = await this.deps.engine.call(
        'Scan',
        JSON.stringify({
          ...expired,
          TableName: table,
          // Items whose attribute is not a number never expire: the comparison of other types is false.
          FilterExpression: '#ttl < :now AND #ttl > :old',
          ExclusiveStartKey: start,
        }),
      );
      const { Items: items = [], LastEvaluatedKey: last } = parse(page.body) as {
        Items?: Item[];
        LastEvaluatedKey?: unknown;
      };
      const due = items
        .map((item) => ({ key: keyOf(item, names), expiry: Number(item[attribute]?.N) }))
        .map(({ key, expiry }) => ({ key, at: this.lateDeletions.dueAt(table, key, expiry) }))
        .filter(({ at }) => at <= this.clock.now())
        .sort((one, other) => one.at - other.at);
      for (const { key } of due) {
        // A writer may have renewed the item since the scan.
        await this.deps.deleteItem(table, key, {
          ...expired,
          ConditionExpression: '#ttl < :now AND #ttl > :old',
        });
      }
      start = last;
    } while (start !== undefined);
  }

  private schedule(): void {
    this.timer = this.clock.after(SWEEP_INTERVAL, () => {
      void this.sweep().finally(() => {
        this.schedule();
      });
    });
  }
}

function specificationError(specification: Fields | undefined): string | undefined {
  const wrong = (field: string, value: string, constraint: string): string =>
    `Value ${value} at 'timeToLiveSpecification${field}' failed to satisfy constraint: Member must ${constraint}`;
  if (specification == null) return wrong('', 'null', 'not be null');
  const { Enabled: enabled, AttributeName: attribute } = specification;
  if (typeof enabled !== 'boolean') return wrong('.enabled', 'null', 'not be null');
  if (typeof attribute !== 'string') return wrong('.attributeName', 'null', 'not be null');
  if (attribute === '') return wrong('.attributeName', "''", 'have length greater than or equal to 1');
  return attribute.length > 255
    ? wrong('.attributeName', `'${attribute}'`, 'have length less than or equal to 255')
    : undefined;
}

function notFound(table: string): EngineAnswer {
  return failure('ResourceNotFoundException', `Requested resource not found: Table: ${table} not found`);
}
