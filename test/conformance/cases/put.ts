// All cases of this group are in one file, although it is long: they are data and share the helpers at the top.
import {
  api,
  B,
  BOOL,
  BS,
  call,
  type Case,
  fails,
  get,
  guide,
  has,
  L,
  M,
  N,
  NS,
  NULL,
  ok,
  put,
  refused,
  refusedWith,
  S,
  SS,
  test,
} from '../case';

const page = api('PutItem');
const types = guide('HowItWorks.NamingRulesDataTypes');
const values = api('AttributeValue');
const limits = guide('Constraints');
const everyType = {
  pk: S('a'),
  s: S('text'),
  n: N('-12.5'),
  b: B('bytes'),
  yes: BOOL(true),
  no: BOOL(false),
  nothing: NULL,
  ss: SS('x', 'y'),
  ns: NS(1, 2),
  bs: BS('p', 'q'),
  l: L(S('z'), N(1), L()),
  m: M({ in: M({ deep: S('d') }) }),
};
/** An item of `size` bytes, counting names and values of both attributes. */
const sized = (size: number) => ({ pk: S('a'), d: S('x'.repeat(size - 4)) });
const nested = (depth: number): Record<string, unknown> => (depth === 0 ? S('end') : L(nested(depth - 1)));

export const PUT: readonly Case[] = [
  test('put-returns-nothing', 'A put returns nothing by default', page, [put({ pk: S('a') }, ok())]),
  test('put-replaces', 'A put replaces the whole item', page, [
    put({ pk: S('a'), old: S('x') }),
    put({ pk: S('a'), new: S('y') }),
    get({ pk: S('a') }, ok({ Item: { pk: S('a'), new: S('y') } })),
  ]),
  test('put-every-type', 'Every data type is returned as it was written', types, [
    put(everyType),
    get({ pk: S('a') }, ok({ Item: everyType })),
  ]),
  test('put-empty-string', 'A non-key attribute may be an empty string', types, [
    put({ pk: S('a'), e: S('') }),
    get({ pk: S('a') }, ok({ Item: { pk: S('a'), e: S('') } })),
  ]),
  test('put-empty-binary', 'A non-key attribute may be an empty binary', types, [
    put({ pk: S('a'), e: B('') }),
    get({ pk: S('a') }, ok({ Item: { pk: S('a'), e: B('') } })),
  ]),
  test('put-empty-list-and-map', 'Lists and maps may be empty', types, [
    put({ pk: S('a'), l: L(), m: M({}) }),
    get({ pk: S('a') }, ok({ Item: { pk: S('a'), l: L(), m: M({}) } })),
  ]),
  test('put-empty-partition-key', 'A partition key is never an empty string', types, [
    put(
      { pk: S('') },
      refused(
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
      ),
    ),
  ]),
  test(
    'put-empty-sort-key',
    'A sort key is never an empty string',
    types,
    [
      put(
        { pk: S('a'), sk: S('') },
        refused(
          'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: sk',
        ),
      ),
    ],
    { table: 'range' },
  ),
  test(
    'put-empty-binary-key',
    'A binary key is never empty',
    types,
    [
      put(
        { pk: S('a'), sk: B('') },
        refused(
          'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty binary value. Key: sk',
        ),
      ),
    ],
    { table: 'binary' },
  ),
  test('put-empty-string-set', 'A string set is never empty', types, [
    put({ pk: S('a'), e: SS() }, refused('One or more parameter values were invalid: An string set  may not be empty')),
  ]),
  test('put-empty-number-set', 'A number set is never empty', types, [
    put({ pk: S('a'), e: NS() }, refused('One or more parameter values were invalid: An number set  may not be empty')),
  ]),
  test('put-empty-binary-set', 'A binary set is never empty', types, [
    put({ pk: S('a'), e: BS() }, refusedWith('Binary sets should not be empty')),
  ]),
  test('put-empty-set-inside-map', 'A set nested in a map is never empty', types, [
    put({ pk: S('a'), m: M({ in: L(SS()) }) }, refusedWith('An string set  may not be empty')),
  ]),
  test('put-empty-string-in-set', 'A set may contain an empty string', types, [
    put({ pk: S('a'), e: SS('', 'x') }),
    get({ pk: S('a') }, ok({ Item: { pk: S('a'), e: SS('', 'x') } })),
  ]),
  test('put-duplicate-in-string-set', 'A string set must not contain duplicates', types, [
    put(
      { pk: S('a'), e: SS('x', 'x') },
      refused('One or more parameter values were invalid: Input collection [x, x] contains duplicates.'),
    ),
  ]),
  test('put-duplicate-in-number-set', 'A number set must not contain equal numbers, such as 1 and 1.0', types, [
    put({ pk: S('a'), e: NS(1, '1.0') }, refused('Input collection contains duplicates')),
  ]),
  test('put-duplicate-in-binary-set', 'A binary set must not contain duplicates', types, [
    put({ pk: S('a'), e: BS('x', 'x') }, refusedWith('contains duplicates')),
  ]),
  test('put-key-missing', 'The partition key must be in the item', page, [
    put({ other: S('a') }, refused('One or more parameter values were invalid: Missing the key pk in the item')),
  ]),
  test(
    'put-sort-key-missing',
    'The sort key must be in the item',
    page,
    [put({ pk: S('a') }, refused('One or more parameter values were invalid: Missing the key sk in the item'))],
    { table: 'range' },
  ),
  test('put-key-of-wrong-type', "A key has the type of the table's schema", page, [
    put(
      { pk: N(1) },
      refused('One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N'),
    ),
  ]),
  test('put-null-false', 'NULL is always true', values, [
    put(
      { pk: S('a'), x: { NULL: false } },
      refused('One or more parameter values were invalid: Null attribute value types must have the value of true'),
    ),
  ]),
  test('put-value-without-type', 'A value has a type', values, [
    put(
      { pk: S('a'), x: {} },
      refused('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'),
    ),
  ]),
  test('put-value-of-two-types', 'A value has only one type', values, [
    put(
      { pk: S('a'), x: { S: 'x', N: '1' } },
      refused(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      ),
    ),
  ]),
  test('put-string-as-number', 'A number is a string in JSON', values, [
    put({ pk: S('a'), x: { N: 1 } }, fails('SerializationException')),
  ]),
  test('put-item-of-400-kb', 'An item may have 400 KB, including names and values', limits, [
    put(sized(409_600)),
    get({ pk: S('a') }, has({ Item: { pk: S('a') } })),
  ]),
  test('put-item-above-400-kb', 'An item of 400 KB and one byte is rejected', limits, [
    put(sized(409_601), refused('Item size has exceeded the maximum allowed size')),
  ]),
  test('put-item-size-in-bytes', 'The size of a string is its UTF-8 bytes', guide('CapacityUnitCalculations'), [
    put({ pk: S('a'), d: S('é'.repeat(210_000)) }, refused('Item size has exceeded the maximum allowed size')),
  ]),
  test(
    'put-name-size-in-bytes',
    'The size of an attribute name is its UTF-8 bytes',
    guide('CapacityUnitCalculations'),
    [
      put(
        { pk: S('a'), ['é'.repeat(10)]: S('x'.repeat(409_600 - 22)) },
        refused('Item size has exceeded the maximum allowed size'),
      ),
    ],
  ),
  test('put-partition-key-of-2048-bytes', 'A partition key may have 2,048 bytes', limits, [
    put({ pk: S('k'.repeat(2_048)) }),
  ]),
  test('put-partition-key-too-long', 'A partition key of more than 2,048 bytes is rejected', limits, [
    put(
      { pk: S('k'.repeat(2_049)) },
      refused(
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
      ),
    ),
  ]),
  test('put-partition-key-in-bytes', 'The size of a key is its UTF-8 bytes', limits, [
    put(
      { pk: S('é'.repeat(1_025)) },
      refused(
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
      ),
    ),
  ]),
  test(
    'put-sort-key-too-long',
    'A sort key may have at most 1,024 bytes',
    limits,
    [
      put({ pk: S('a'), sk: S('k'.repeat(1_024)) }),
      put(
        { pk: S('a'), sk: S('k'.repeat(1_025)) },
        refused(
          'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
        ),
      ),
    ],
    { table: 'range' },
  ),
  test('put-nesting', 'Lists and maps nest up to a limit', limits, [
    put({ pk: S('a'), deep: nested(30) }),
    put({ pk: S('a'), deep: nested(40) }, refusedWith('Nesting Levels have exceeded supported limits')),
  ]),
  test('put-all-old', 'ALL_OLD returns the replaced item', page, [
    put({ pk: S('a'), v: N(1) }),
    put({ pk: S('a'), v: N(2) }, ok({ Attributes: { pk: S('a'), v: N(1) } }), { ReturnValues: 'ALL_OLD' }),
  ]),
  test('put-all-old-of-nothing', 'ALL_OLD returns no Attributes when no item existed', page, [
    put({ pk: S('a') }, ok(), { ReturnValues: 'ALL_OLD' }),
  ]),
  test('put-return-values', 'A put returns the old item or nothing', page, [
    put({ pk: S('a') }, refused('ReturnValues can only be ALL_OLD or NONE'), { ReturnValues: 'ALL_NEW' }),
  ]),
  test('put-return-values-unknown', 'An unknown ReturnValues is rejected', page, [
    put(
      { pk: S('a') },
      refusedWith(
        'failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]',
      ),
      { ReturnValues: 'OLD' },
    ),
  ]),
  test(
    'put-no-table',
    'An operation on a missing table fails with ResourceNotFoundException',
    page,
    [put({ pk: S('a') }, fails('ResourceNotFoundException', 'Requested resource not found'))],
    { table: 'none' },
  ),
  test('put-table-name-missing', 'TableName is required', page, [
    call(
      'PutItem',
      { TableName: undefined, Item: { pk: S('a') } },
      refusedWith("at 'tableName' failed to satisfy constraint: Member must not be null"),
    ),
  ]),
  test(
    'put-table-name-of-bad-characters',
    'A table name has letters, digits and _-. only',
    guide('HowItWorks.NamingRulesDataTypes'),
    [
      call(
        'PutItem',
        { TableName: 'a b c', Item: { pk: S('a') } },
        refusedWith(
          "at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
      ),
    ],
  ),
  test('put-item-missing', 'Item is required', page, [
    call(
      'PutItem',
      {},
      refused(
        "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null",
      ),
    ),
  ]),
  test('put-by-table-arn', 'TableName may be the ARN of the table', page, [
    put({ pk: S('a'), v: N(1) }, ok(), { TableName: 'arn:aws:dynamodb:us-east-1:000000000000:table/$table' }),
    get({ pk: S('a') }, ok({ Item: { pk: S('a'), v: N(1) } })),
  ]),
  test('put-consumed-capacity', 'A write costs one unit for each started KB', guide('read-write-operations'), [
    put({ pk: S('a') }, ok({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 1 } }), {
      ReturnConsumedCapacity: 'TOTAL',
    }),
    put({ pk: S('a'), d: S('x'.repeat(2_500)) }, ok({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 3 } }), {
      ReturnConsumedCapacity: 'TOTAL',
    }),
  ]),
  test(
    'put-consumed-capacity-larger',
    'The larger of the old and the new item counts',
    guide('read-write-operations'),
    [
      put({ pk: S('a'), d: S('x'.repeat(4_500)) }),
      put({ pk: S('a') }, ok({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 5 } }), {
        ReturnConsumedCapacity: 'TOTAL',
      }),
    ],
  ),
  test('put-consumed-capacity-unknown', 'An unknown ReturnConsumedCapacity is rejected', page, [
    put({ pk: S('a') }, refusedWith('Member must satisfy enum value set: [INDEXES, TOTAL, NONE]'), {
      ReturnConsumedCapacity: 'ALL',
    }),
  ]),
  test(
    'put-item-collection-metrics',
    'SIZE returns item collection metrics for a table with a local index',
    guide('LSI'),
    [
      put(
        { pk: S('a'), sk: S('1') },
        has({
          ItemCollectionMetrics: { ItemCollectionKey: { pk: S('a') }, SizeEstimateRangeGB: ['<number>', '<number>'] },
        }),
        { ReturnItemCollectionMetrics: 'SIZE' },
      ),
    ],
    { table: 'indexed' },
  ),
  test('put-no-item-collection-metrics', 'SIZE returns nothing for a table without a local index', guide('LSI'), [
    put({ pk: S('a') }, ok(), { ReturnItemCollectionMetrics: 'SIZE' }),
  ]),
  test(
    'put-index-key-of-wrong-type',
    'An index key has the type of the schema',
    guide('GSI'),
    [
      put(
        { pk: S('a'), sk: S('1'), g: N(1) },
        refusedWith('Type mismatch for Index Key g Expected: S Actual: N IndexName: '),
      ),
    ],
    { table: 'indexed' },
  ),
  test(
    'put-empty-index-key',
    'A key of an index is never an empty string',
    guide('GSI'),
    [
      put(
        { pk: S('a'), sk: S('1'), g: S('') },
        refusedWith(
          'A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value.',
        ),
      ),
    ],
    { table: 'indexed' },
  ),
];
