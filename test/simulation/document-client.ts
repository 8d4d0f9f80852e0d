// Stands in for the DynamoDB document client: the adapters' own commands, carried out on simulated tables, with the retries
// that the AWS SDK makes by itself.
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
import type { Instance } from './instance';
import { ConditionFailed, type Condition, type Item, type SimTable } from './table';

/** As lambda/adapters/dynamodb/client.ts sets them: the SDK gives up on an answer after so many milliseconds. */
const LIMITS = { attempts: 3, timeout: 3_000 };
/** How long a table answers nothing, at most. Milliseconds. */
const OUTAGE = 20_000;

interface Input {
  readonly TableName?: string;
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

/** @param tables by name, as the instance's region has them */
export function simDocumentClient(
  instance: Instance,
  tables: Readonly<Record<string, SimTable>>,
  { attempts, timeout } = LIMITS,
): DynamoDBDocumentClient {
  const { world } = instance;
  const { faults, random, kernel } = world;

  const once = async (command: { input: unknown }): Promise<unknown> => {
    const input = command.input as Input;
    const name = `${command.constructor.name.replace('Command', '')} ${input.TableName ?? ''}`;
    const reads = [GetCommand, QueryCommand, ScanCommand].some((kind) => command instanceof kind);
    const writes = !reads;
    const latency = faults.strikes('table-slow', name) ? random.between(200, 2_500) : random.between(2, 12);
    const table = tables[input.TableName ?? Object.keys(input.RequestItems ?? {})[0] ?? ''];
    if (table !== undefined && faults.strikes('table-out', name))
      table.outUntil = kernel.now() + random.between(0, OUTAGE);
    if (kernel.now() < (table?.outUntil ?? 0)) {
      await instance.step(latency, name, () => undefined);
      throw new AwsError('InternalServerError');
    }
    if (faults.strikes('table-throttled', name)) {
      await instance.step(latency, name, () => undefined);
      throw new AwsError('ProvisionedThroughputExceededException');
    }
    if (writes && faults.strikes('table-failed-before-write', name)) {
      await instance.step(latency, name, () => undefined);
      throw new AwsError('InternalServerError');
    }
    if (writes && faults.strikes('table-answer-lost', name)) {
      const lookedBack = instance.mustLookBack;
      // On its way all the same: it takes effect before the SDK gives up on the answer, or after.
      kernel.after(random.between(0, 1.5 * timeout), () => {
        try {
          perform(command, tables, lookedBack);
        } catch (error) {
          if (!(error instanceof ConditionFailed)) throw error;
        }
      });
      await instance.step(timeout, name, () => undefined);
      throw new AwsError('TimeoutError');
    }
    if (latency > timeout) {
      await instance.step(timeout, name, () => undefined);
      throw new AwsError('TimeoutError');
    }
    return instance.step(latency, name, () => perform(command, tables, instance.mustLookBack));
  };

  const send = async (command: { input: unknown }): Promise<unknown> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(command);
      } catch (error) {
        if (error instanceof ConditionFailed) throw asException(error, command.input as Input);
        if (!(error instanceof AwsError) || attempt === attempts) throw error;
        await kernel.sleep(random.between(0, 50 * 2 ** attempt));
        if (instance.dead) return new Promise(() => undefined);
      }
    }
  };
  return { send } as unknown as DynamoDBDocumentClient;
}

function perform(command: object, tables: Readonly<Record<string, SimTable>>, lookedBack: boolean): unknown {
  const table = (name: string | undefined): SimTable => {
    const found = tables[name ?? ''];
    if (found === undefined) throw new Error(`there is no table ${name}`);
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
    if (update === undefined) throw new Error('the simulation knows no update without an expression');
    const after = table(input.TableName).update(pk, sk, update, condition(input));
    // More than UPDATED_NEW has: readers take what they want.
    return input.ReturnValues === undefined ? {} : { Attributes: after };
  }
  if (command instanceof QueryCommand) return query(command.input, table(command.input.TableName));
  if (command instanceof ScanCommand) return scan(command.input, table(command.input.TableName));
  if (command instanceof BatchWriteCommand) {
    for (const [name, requests] of Object.entries(command.input.RequestItems ?? {})) {
      for (const { DeleteRequest: request } of requests) {
        if (request === undefined) throw new Error('the simulation knows only deletes in a batch');
        table(name).delete(String(request.Key?.pk), String(request.Key?.sk), undefined);
      }
    }
    return { UnprocessedItems: {} };
  }
  throw new Error(`the simulation does not know ${command.constructor.name}`);
}

function expressionOf(text: string | undefined, input: Input): Expression | undefined {
  if (text === undefined) return undefined;
  return { text, names: input.ExpressionAttributeNames ?? {}, values: input.ExpressionAttributeValues ?? {} };
}

/** Rows of a page: few, so that paging is exercised; DynamoDB's pages are of 1 MB. */
const PAGE = 5;

function query(input: QueryCommand['input'], table: SimTable): unknown {
  const values = input.ExpressionAttributeValues ?? {};
  const forward = input.ScanIndexForward !== false;
  let { from, to } = rangeOf(input.KeyConditionExpression ?? '', values);
  const start = input.ExclusiveStartKey?.sk as string | undefined;
  if (start !== undefined && forward) from = `${start}\0`;
  const limit = Math.min(input.Limit ?? PAGE, PAGE);
  let items = table.query(String(values[':pk']), { from, to }, forward, limit + 1, input.ConsistentRead === true);
  if (start !== undefined && !forward) {
    to = start;
    items = table
      .query(String(values[':pk']), { from, to }, forward, limit + 2, input.ConsistentRead === true)
      .filter(({ sk }) => sk < start);
  }
  const page = items.slice(0, limit);
  const last = page.at(-1);
  const more = items.length > page.length && last !== undefined;
  const found = input.Select === 'COUNT' ? { Count: page.length } : { Items: page };
  return { ...found, ...(more ? { LastEvaluatedKey: { pk: last.pk, sk: last.sk } } : {}) };
}

/** The sort keys that a query asks for. */
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
      throw new Error(`the simulation does not know ${expression}`);
  }
}

/** Partition by partition: in no order that means anything, as DynamoDB does. */
function scan(input: ScanCommand['input'], table: SimTable): unknown {
  if (input.FilterExpression !== 'begins_with(pk, :connection)') {
    throw new Error(`the simulation does not know ${input.FilterExpression}`);
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
    // What an exception carries is not unmarshalled.
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
