// A DynamoDB document client that runs the adapters' commands on simulated tables, with the AWS SDK's retries.
import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Expression } from './expressions';
import type { Faults } from './faults';
import { ConnectionLost, type Instance } from './instance';
import type { Item } from './item';
import type { WorldServices } from './world-services';
import { ConditionFailed, type Condition, type SimTable } from './table';

/** Attempts of a request, and the timeout of each in milliseconds, as set by lambda/adapters/dynamodb/client.ts. */
const SDK_LIMITS = { attempts: 3, timeout: 3_000 };
/** Longest outage of a table. Milliseconds. */
const MAX_OUTAGE = 20_000;
/** Longest time in which a partition throttles every request. Milliseconds. */
const MAX_HOT = 3_000;

type Command = { readonly input: unknown };

interface Input {
  readonly TableName?: string;
  readonly Item?: Readonly<Record<string, unknown>>;
  readonly Key?: Readonly<Record<string, unknown>>;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

class AwsError extends Error {
  public constructor(public override readonly name: string) {
    super(name);
  }
}

/**
 * Creates the document client of an instance.
 *
 * @param tables the tables of the instance's region, by name
 */
export function simDocumentClient(
  instance: Instance,
  tables: Readonly<Record<string, SimTable>>,
  limits = SDK_LIMITS,
): DynamoDBDocumentClient {
  const { random } = instance.world;
  const send = async (command: Command): Promise<unknown> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await attemptOnce(instance, tables, command, limits.timeout);
      } catch (error) {
        if (error instanceof ConditionFailed) throw asException(error, command.input as Input);
        const mayRetry = error instanceof AwsError || error instanceof ConnectionLost;
        if (!mayRetry || attempt === limits.attempts) throw error;
        await instance.runtime.sleep(random.between(0, 50 * 2 ** attempt));
      }
    }
  };
  return { send } as unknown as DynamoDBDocumentClient;
}

/** A document client without faults and delays, for an operator's commands. */
export function tablesClient(
  { faults }: Pick<WorldServices, 'faults'>,
  tables: Readonly<Record<string, SimTable>>,
): DynamoDBDocumentClient {
  const perform = (command: Command): unknown => performOn(command, tables, { lookedBack: true, faults });
  const send = (command: Command): Promise<unknown> =>
    new Promise((resolve, reject) => {
      try {
        resolve(perform(command));
      } catch (error) {
        reject(error instanceof ConditionFailed ? asException(error, command.input as Input) : (error as Error));
      }
    });
  return { send } as unknown as DynamoDBDocumentClient;
}

/** One attempt of a request, with the faults of a table. */
async function attemptOnce(
  instance: Instance,
  tables: Readonly<Record<string, SimTable>>,
  command: Command,
  timeout: number,
): Promise<unknown> {
  const { faults, random, kernel } = instance.world;
  const input = command.input as Input;
  const name = `${command.constructor.name.replace(/Command\d*/, '')} ${input.TableName ?? ''}`;
  const isWrite = ![GetCommand, QueryCommand, ScanCommand].some((kind) => command instanceof kind);
  const latency = faults.occurs('table-slow', name) ? random.between(200, 2_500) : random.between(2, 12);
  const table = tables[input.TableName ?? Object.keys(input.RequestItems ?? {})[0] ?? ''];
  const fail = async (error: string, after = latency): Promise<never> => {
    await instance.step(after, name, () => undefined);
    throw new AwsError(error);
  };
  if (table !== undefined && faults.occurs('table-outage', name))
    table.outageUntil = kernel.now() + random.between(0, MAX_OUTAGE);
  if (kernel.now() < (table?.outageUntil ?? 0)) return fail('InternalServerError');
  if (faults.occurs('table-throttled', name) || isPartitionThrottled(instance, table, input))
    return fail('ProvisionedThroughputExceededException');
  if (isWrite && faults.occurs('table-failed-before-write', name)) return fail('InternalServerError');
  if (isWrite && faults.occurs('table-answer-lost', name)) {
    const how = { lookedBack: instance.mustLookBack, faults };
    // The write takes effect before or after the SDK's timeout.
    kernel.after(random.between(0, 1.5 * timeout), () => {
      try {
        performOn(command, tables, how);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    });
    return fail('TimeoutError', timeout);
  }
  if (latency > timeout) return fail('TimeoutError', timeout);
  return instance.step(latency, name, () => performOn(command, tables, { lookedBack: instance.mustLookBack, faults }));
}

/**
 * Whether the partition of a request is above its limit, which each partition has for itself: 1,000 writes and 3,000 reads a
 * second. Schedules have less traffic, so a hot partition is one whose requests all fail for a short time.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
function isPartitionThrottled(instance: Instance, table: SimTable | undefined, input: Input): boolean {
  const { faults, kernel } = instance.world;
  const pk = input.Item?.pk ?? input.Key?.pk ?? input.ExpressionAttributeValues?.[':pk'];
  if (table === undefined || typeof pk !== 'string') return false;
  if (faults.occurs('partition-throttled', pk)) table.hotUntil.set(pk, kernel.now() + faults.between(50, MAX_HOT));
  return kernel.now() < (table.hotUntil.get(pk) ?? 0);
}

function performOn(
  command: object,
  tables: Readonly<Record<string, SimTable>>,
  { lookedBack, faults }: { readonly lookedBack: boolean; readonly faults: Faults },
): unknown {
  const table = (name: string | undefined): SimTable => {
    const found = tables[name ?? ''];
    if (found === undefined) throw new Error(`table ${name} does not exist`);
    return found;
  };
  const condition = (input: Input): Condition => expressionOf(input.ConditionExpression, input);
  if (command instanceof PutCommand) {
    const { input } = command;
    table(input.TableName).put(input.Item as Item, condition(input), lookedBack);
    return {};
  }
  if (command instanceof GetCommand) {
    const { TableName, Key, ConsistentRead } = command.input;
    return { Item: table(TableName).get(String(Key?.pk), String(Key?.sk), ConsistentRead === true) };
  }
  if (command instanceof DeleteCommand) {
    const { input } = command;
    const before = table(input.TableName).delete(String(input.Key?.pk), String(input.Key?.sk), condition(input));
    return input.ReturnValues === 'ALL_OLD' ? { Attributes: before } : {};
  }
  if (command instanceof UpdateCommand) {
    const { input } = command;
    const { pk, sk } = input.Key as { pk: string; sk: string };
    const update = expressionOf(input.UpdateExpression, input);
    if (update === undefined) throw new Error('the simulation does not implement an update without an expression');
    const after = table(input.TableName).update(pk, sk, update, condition(input));
    // UPDATED_NEW would return fewer attributes; callers read only those.
    return input.ReturnValues === undefined ? {} : { Attributes: after };
  }
  if (command instanceof QueryCommand) return query(command.input, table(command.input.TableName));
  if (command instanceof ScanCommand) return scan(command.input, table(command.input.TableName));
  if (command instanceof BatchWriteCommand) return batchWrite(command.input, table, faults);
  throw new Error(`the simulation does not implement ${command.constructor.name}`);
}

/**
 * Deletes a batch of items. A request above the throughput may be processed in part, and returns the rest as unprocessed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
function batchWrite(
  { RequestItems: items = {} }: BatchWriteCommand['input'],
  table: (name: string) => SimTable,
  faults: Faults,
): unknown {
  const unprocessed: Record<string, unknown[]> = {};
  for (const [name, requests] of Object.entries(items)) {
    const isPartial = requests.length > 1 && faults.occurs('batch-write-partial', name);
    // At least one item is processed; otherwise the request fails.
    const count = isPartial ? Math.floor(faults.between(1, requests.length)) : requests.length;
    for (const { DeleteRequest: request } of requests.slice(0, count)) {
      if (request === undefined) throw new Error('the simulation implements only deletes in a batch');
      table(name).delete(String(request.Key?.pk), String(request.Key?.sk), undefined);
    }
    if (isPartial) unprocessed[name] = requests.slice(count);
  }
  return { UnprocessedItems: unprocessed };
}

function expressionOf(text: string | undefined, input: Input): Expression | undefined {
  if (text === undefined) return undefined;
  return { text, names: input.ExpressionAttributeNames ?? {}, values: input.ExpressionAttributeValues ?? {} };
}

/** Rows of a page: few, to exercise paging. DynamoDB's pages hold 1 MB. */
const PAGE = 5;

function query(input: QueryCommand['input'], table: SimTable): unknown {
  const values = input.ExpressionAttributeValues ?? {};
  const isForward = input.ScanIndexForward !== false;
  let { from, to } = rangeOf(input.KeyConditionExpression ?? '', values);
  const start = input.ExclusiveStartKey?.sk as string | undefined;
  if (start !== undefined && isForward) from = `${start}\0`;
  const limit = Math.min(input.Limit ?? PAGE, PAGE);
  const isConsistent = input.ConsistentRead === true;
  let items = table.query(String(values[':pk']), { from, to, isForward, limit: limit + 1, isConsistent });
  if (start !== undefined && !isForward) {
    to = start;
    items = table
      .query(String(values[':pk']), { from, to, isForward, limit: limit + 2, isConsistent })
      .filter(({ sk }) => sk < start);
  }
  const page = items.slice(0, limit);
  const last = page.at(-1);
  const more = items.length > page.length && last !== undefined;
  const found = input.Select === 'COUNT' ? { Count: page.length } : { Items: page };
  return { ...found, ...(more ? { LastEvaluatedKey: { pk: last.pk, sk: last.sk } } : {}) };
}

/** The range of sort keys of a key condition. */
function rangeOf(expression: string, values: Readonly<Record<string, unknown>>): { from: string; to: string } {
  switch (expression) {
    case 'pk = :pk':
      return { from: '', to: '\uffff' };
    case 'pk = :pk AND sk > :head':
      return { from: `${String(values[':head'])}\0`, to: '\uffff' };
    case 'pk = :pk AND sk BETWEEN :from AND :to':
      return { from: String(values[':from']), to: String(values[':to']) };
    case 'pk = :pk AND begins_with(sk, :kind)':
      return { from: String(values[':kind']), to: `${String(values[':kind'])}\uffff` };
    default:
      throw new Error(`the simulation does not implement ${expression}`);
  }
}

/** Reads a page of the whole table. Like DynamoDB's, the order of partitions is unspecified. */
function scan(input: ScanCommand['input'], table: SimTable): unknown {
  if (input.FilterExpression !== 'begins_with(pk, :connection)') {
    throw new Error(`the simulation does not implement ${input.FilterExpression}`);
  }
  const start = input.ExclusiveStartKey as { pk: string; sk: string } | undefined;
  const { items, more } = table.scan(start, PAGE);
  const prefix = String(input.ExpressionAttributeValues?.[':connection']);
  const last = items.at(-1);
  return {
    Items: items.filter(({ pk }) => pk.startsWith(prefix)),
    ...(more && last !== undefined ? { LastEvaluatedKey: { pk: last.pk, sk: last.sk } } : {}),
  };
}

function asException({ item }: ConditionFailed, input: Input): ConditionalCheckFailedException {
  const wantsItem = 'ReturnValuesOnConditionCheckFailure' in input;
  return new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: { httpStatusCode: 400 },
    // The document client does not unmarshall the item of an exception.
    ...(wantsItem && item !== undefined ? { Item: marshalled(item) } : {}),
  });
}

function marshalled(item: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  const values = Object.entries(item).map(([name, value]): [string, AttributeValue] => {
    if (typeof value === 'string') return [name, { S: value }];
    if (typeof value === 'number') return [name, { N: String(value) }];
    return [name, { M: marshalled(value as Readonly<Record<string, unknown>>) }];
  });
  return Object.fromEntries(values);
}
