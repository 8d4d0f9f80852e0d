import {
  api,
  bare,
  type Case,
  conditionFailed,
  type Expectation,
  fails,
  type Fields,
  get,
  guide,
  has,
  type Item,
  N,
  ok,
  put,
  refused,
  refusedWith,
  S,
  test,
} from '../case';

const getPage = api('BatchGetItem');
const writePage = api('BatchWriteItem');
const many = (count: number) => Array.from({ length: count }, (_, i) => ({ pk: S(`k${i}`) }));
const batchGet = (Keys: readonly Fields[], expect: Expectation, more: Fields = {}, top: Fields = {}) =>
  bare('BatchGetItem', { RequestItems: { $table: { Keys, ...more } }, ...top }, expect);
const putRequest = (Item: Fields) => ({ PutRequest: { Item } });
const deleteRequest = (Key: Fields) => ({ DeleteRequest: { Key } });
const batchWrite = (requests: readonly Fields[], expect: Expectation, top: Fields = {}) =>
  bare('BatchWriteItem', { RequestItems: { $table: requests }, ...top }, expect);
const written = ok({ UnprocessedItems: {} });
const given: Item[] = [
  { pk: S('a'), v: N(1), w: N(2) },
  { pk: S('b'), v: N(3) },
];

export const BATCH: readonly Case[] = [
  test(
    'batch-get',
    'A batch returns the existing items',
    getPage,
    [
      batchGet(
        [{ pk: S('a') }, { pk: S('gone') }, { pk: S('b') }],
        ok({ Responses: { $table: given }, UnprocessedKeys: {} }),
      ),
    ],
    { given },
  ),
  test('batch-get-none', 'A batch of missing items returns an empty list', getPage, [
    batchGet([{ pk: S('gone') }], ok({ Responses: { $table: [] }, UnprocessedKeys: {} })),
  ]),
  test(
    'batch-get-projection',
    'A projection applies to all keys of a table',
    getPage,
    [
      batchGet(
        [{ pk: S('a') }, { pk: S('b') }],
        ok({ Responses: { $table: [{ v: N(1) }, { v: N(3) }] }, UnprocessedKeys: {} }),
        { ProjectionExpression: '#v', ExpressionAttributeNames: { '#v': 'v' }, ConsistentRead: true },
      ),
    ],
    { given },
  ),
  test('batch-get-100', 'A batch gets up to 100 items', getPage, [
    batchGet(many(100), has({ UnprocessedKeys: {} })),
    batchGet(many(101), refusedWith('Member must have length less than or equal to 100')),
  ]),
  test(
    'batch-get-16-mb',
    'A batch returns up to 16 MB',
    getPage,
    [
      batchGet(
        many(8),
        has({ Responses: { $table: Array.from({ length: 8 }, () => ({ d: '<any>' })) }, UnprocessedKeys: {} }),
      ),
    ],
    { given: many(8).map((key) => ({ ...key, d: S('x'.repeat(300_000)) })) },
  ),
  test('batch-get-duplicate', 'Keys must be unique within a batch', getPage, [
    batchGet([{ pk: S('a') }, { pk: S('a') }], refused('Provided list of item keys contains duplicates')),
  ]),
  test('batch-get-no-keys', 'A batch has at least one key', getPage, [
    batchGet([], refusedWith('Member must have length greater than or equal to 1')),
  ]),
  test('batch-get-key', 'Keys match the schema', getPage, [
    batchGet([{ other: S('a') }], refused('The provided key element does not match the schema')),
  ]),
  test(
    'batch-get-no-table',
    'A missing table fails the whole batch',
    getPage,
    [batchGet([{ pk: S('a') }], fails('ResourceNotFoundException', 'Requested resource not found'))],
    { table: 'none' },
  ),
  test('batch-get-nothing', 'RequestItems is not empty', getPage, [
    bare('BatchGetItem', { RequestItems: {} }, { error: 'ValidationException' }),
  ]),
  test(
    'batch-get-capacity',
    'Each item is charged separately',
    getPage,
    [
      batchGet(
        [{ pk: S('a') }, { pk: S('gone') }],
        has({ ConsumedCapacity: [{ TableName: '$table', CapacityUnits: 2 }] }),
        { ConsistentRead: true },
        { ReturnConsumedCapacity: 'TOTAL' },
      ),
    ],
    { given },
  ),
  test(
    'batch-write',
    'A batch puts and deletes',
    writePage,
    [
      batchWrite([putRequest({ pk: S('c'), v: N(9) }), deleteRequest({ pk: S('a') })], written),
      get({ pk: S('a') }, ok()),
      get({ pk: S('c') }, ok({ Item: { pk: S('c'), v: N(9) } })),
      get({ pk: S('b') }, ok({ Item: given[1]! })),
    ],
    { given },
  ),
  test('batch-write-25', 'A batch writes up to 25 items', writePage, [
    batchWrite(many(25).map(putRequest), written),
    batchWrite(many(26).map(putRequest), refusedWith('Member must have length less than or equal to 25')),
  ]),
  test(
    'batch-write-delete-25',
    'A batch deletes existing and missing items',
    writePage,
    [batchWrite(many(25).map(deleteRequest), written), get({ pk: S('k3') }, ok())],
    { given: many(10) },
  ),
  test(
    'batch-write-duplicate',
    'Items must be unique within a batch',
    writePage,
    [
      batchWrite(
        [putRequest({ pk: S('a') }), deleteRequest({ pk: S('a') })],
        refused('Provided list of item keys contains duplicates'),
      ),
      get({ pk: S('a') }, ok({ Item: given[0]! })),
    ],
    { given },
  ),
  test('batch-write-no-requests', 'A batch has at least one request', writePage, [
    batchWrite([], refusedWith('Member must have length greater than or equal to 1')),
  ]),
  test('batch-write-all-or-refused', 'One invalid request rejects the whole batch', writePage, [
    batchWrite(
      [putRequest({ pk: S('c') }), putRequest({ other: S('d') })],
      refused('The provided key element does not match the schema'),
    ),
    get({ pk: S('c') }, ok()),
  ]),
  test(
    'batch-write-no-table',
    'A missing table fails with ResourceNotFoundException',
    writePage,
    [batchWrite([putRequest({ pk: S('a') })], fails('ResourceNotFoundException', 'Requested resource not found'))],
    { table: 'none' },
  ),
  test('batch-write-item-size', 'The 400 KB limit holds in batches', writePage, [
    batchWrite(
      [putRequest({ pk: S('a'), d: S('x'.repeat(409_600)) })],
      refused('Item size has exceeded the maximum allowed size'),
    ),
  ]),
  test('batch-write-number', 'The rules for values hold in batches', writePage, [
    batchWrite(
      [putRequest({ pk: S('a'), n: { N: 'x' } })],
      refused('The parameter cannot be converted to a numeric value: x'),
    ),
  ]),
  test('batch-write-capacity', 'Each write is charged separately', guide('read-write-operations'), [
    batchWrite(
      [putRequest({ pk: S('c') }), putRequest({ pk: S('d'), d: S('x'.repeat(1_500)) })],
      ok({ UnprocessedItems: {}, ConsumedCapacity: [{ TableName: '$table', CapacityUnits: 3 }] }),
      { ReturnConsumedCapacity: 'TOTAL' },
    ),
  ]),
  test('batch-write-then-condition', 'A later condition sees the items of a batch', writePage, [
    batchWrite([putRequest({ pk: S('z') })], written),
    put({ pk: S('z') }, conditionFailed, { ConditionExpression: 'attribute_not_exists(pk)' }),
  ]),
];
