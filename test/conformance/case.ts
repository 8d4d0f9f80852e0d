// Format of a case. Cases are data in cases/, one file per operation. `$table` in any text stands for the table of the case.

export type Fields = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, Fields>>;

/** Expected result of a call. */
export interface Expectation {
  /** The complete answer. `'<number>'`, `'<text>'` and `'<any>'` stand for any value of that type. */
  readonly ok?: Fields;
  /** A part of the answer. */
  readonly has?: Fields;
  /** Fields that the answer must not contain. */
  readonly without?: readonly string[];
  /** Name of the error. */
  readonly error?: string;
  /** Complete message of the error. */
  readonly message?: string;
  /** Part of the message, where AWS has changed the rest over time. */
  readonly messageHas?: string;
}

/** One call and its expected result. */
export interface Step {
  readonly operation: string;
  readonly fields: Fields;
  readonly expect: Expectation;
  /** Fields taken from the answer of the step before: `{ ExclusiveStartKey: 'LastEvaluatedKey' }`. */
  readonly from?: Readonly<Record<string, string>>;
  /** Whether to repeat the call with `LastEvaluatedKey` until the last page; the answer is `{ Items, Count, Pages }`. */
  readonly allPages?: boolean;
  /** Seconds to let pass before a TTL sweep, which replaces the call. */
  readonly sweepAfter?: number;
}

export interface Case {
  readonly id: string;
  /** Behavior of DynamoDB, in one sentence. */
  readonly what: string;
  /** Page of AWS's documentation. */
  readonly aws: string;
  readonly table: TableShape;
  /** Items in the table before the first step. */
  readonly given: readonly Item[];
  readonly steps: readonly Step[];
  /** Expected sum of a field over all answers. */
  readonly total?: { readonly field: string; readonly is: number };
  /** Behavior of DynamoDB Local, where it differs. */
  readonly jar?: string;
  /** Reason why the case does not run against DynamoDB Local. */
  readonly notForJar?: string;
}

export type TableShape = 'hash' | 'range' | 'numeric' | 'binary' | 'indexed' | 'none';

const key = (name: string, type: string) => ({ AttributeName: name, KeyType: type });
const attribute = (name: string, type: string) => ({ AttributeName: name, AttributeType: type });
const HASH_KEY = [key('pk', 'HASH')];
const RANGE_KEY = [...HASH_KEY, key('sk', 'RANGE')];

/** Parameters of CreateTable for each shape. */
export const TABLES: Readonly<Record<Exclude<TableShape, 'none'>, Fields>> = {
  hash: { KeySchema: HASH_KEY, AttributeDefinitions: [attribute('pk', 'S')] },
  range: { KeySchema: RANGE_KEY, AttributeDefinitions: [attribute('pk', 'S'), attribute('sk', 'S')] },
  numeric: { KeySchema: RANGE_KEY, AttributeDefinitions: [attribute('pk', 'S'), attribute('sk', 'N')] },
  binary: { KeySchema: RANGE_KEY, AttributeDefinitions: [attribute('pk', 'S'), attribute('sk', 'B')] },
  indexed: {
    KeySchema: RANGE_KEY,
    AttributeDefinitions: [attribute('pk', 'S'), attribute('sk', 'S'), attribute('g', 'S'), attribute('l', 'N')],
    GlobalSecondaryIndexes: [
      { IndexName: 'byG', KeySchema: [key('g', 'HASH'), key('l', 'RANGE')], Projection: { ProjectionType: 'ALL' } },
      { IndexName: 'keysByG', KeySchema: [key('g', 'HASH')], Projection: { ProjectionType: 'KEYS_ONLY' } },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'byL',
        KeySchema: [key('pk', 'HASH'), key('l', 'RANGE')],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['v'] },
      },
    ],
  },
};

export const S = (S: string) => ({ S });
export const N = (N: number | string) => ({ N: String(N) });
export const B = (text: string) => ({ B: Buffer.from(text).toString('base64') });
export const BOOL = (BOOL: boolean) => ({ BOOL });
export const NULL = { NULL: true };
export const SS = (...SS: string[]) => ({ SS });
export const NS = (...NS: (number | string)[]) => ({ NS: NS.map(String) });
export const BS = (...texts: string[]) => ({ BS: texts.map((text) => B(text).B) });
export const L = (...L: Fields[]) => ({ L });
export const M = (M: Record<string, Fields>) => ({ M });

export const ok = (answer: Fields = {}): Expectation => ({ ok: answer });
export const has = (part: Fields, ...without: string[]): Expectation => ({ has: part, without });
export const fails = (error: string, message?: string): Expectation => ({ error, message });
/** A ValidationException with exactly this message. */
export const refused = (message: string): Expectation => ({ error: 'ValidationException', message });
/** A ValidationException whose message contains this text. */
export const refusedWith = (messageHas: string): Expectation => ({ error: 'ValidationException', messageHas });
export const conditionFailed: Expectation = {
  error: 'ConditionalCheckFailedException',
  message: 'The conditional request failed',
};

/** A call of any operation; `TableName` is the case's table unless given. */
export const call = (
  operation: string,
  fields: Fields,
  expect: Expectation = ok(),
  more: Partial<Step> = {},
): Step => ({
  operation,
  fields: { TableName: '$table', ...fields },
  expect,
  ...more,
});
/** A call of an operation that takes no `TableName`. */
export const bare = (operation: string, fields: Fields, expect: Expectation = ok()): Step => ({
  operation,
  fields,
  expect,
});
export const put = (Item: Fields, expect?: Expectation, more: Fields = {}): Step =>
  call('PutItem', { Item, ...more }, expect);
export const get = (Key: Fields, expect?: Expectation, more: Fields = {}): Step =>
  call('GetItem', { Key, ConsistentRead: true, ...more }, expect);
export const remove = (Key: Fields, expect?: Expectation, more: Fields = {}): Step =>
  call('DeleteItem', { Key, ...more }, expect);
/** @param values of the expression, by name without the colon */
export const update = (
  Key: Fields,
  UpdateExpression: string,
  values: Record<string, Fields> = {},
  expect?: Expectation,
  more: Fields = {},
): Step => call('UpdateItem', { Key, UpdateExpression, ...expressionValues(values), ...more }, expect);
export const query = (
  KeyConditionExpression: string,
  values: Record<string, Fields>,
  expect: Expectation,
  more: Fields = {},
): Step => call('Query', { KeyConditionExpression, ...expressionValues(values), ...more }, expect);
export const scan = (fields: Fields, expect: Expectation): Step => call('Scan', fields, expect);
export const allPages = (step: Step): Step => ({ ...step, allPages: true });
/** The same call, continued from the previous answer. */
export const nextPage = (step: Step): Step => ({ ...step, from: { ExclusiveStartKey: 'LastEvaluatedKey' } });

export function expressionValues(values: Record<string, Fields>): Fields {
  const entries = Object.entries(values).map(([name, value]) => [`:${name}`, value] as const);
  return entries.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(entries) };
}

const DOCS = 'https://docs.aws.amazon.com/amazondynamodb/latest';
export const api = (name: string): string => `${DOCS}/APIReference/API_${name}.html`;
export const guide = (page: string): string => `${DOCS}/developerguide/${page}.html`;

/** A case. By default its table has a string partition key. */
export const test = (
  id: string,
  what: string,
  aws: string,
  steps: readonly Step[],
  more: Partial<Pick<Case, 'table' | 'given' | 'total' | 'notForJar'>> = {},
): Case => ({ id, what, aws, steps, table: 'hash', given: [], ...more });
