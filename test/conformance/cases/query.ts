// All cases of this group are in one file, although it is long: they are data and share the helpers at the top.
import {
  allPages,
  api,
  B,
  type Case,
  fails,
  type Fields,
  guide,
  has,
  type Item,
  N,
  nextPage,
  ok,
  query,
  refused,
  refusedWith,
  S,
  test,
} from '../case';

const page = api('Query');
const keys = guide('Query.KeyConditionExpressions');
const pagination = guide('Query.Pagination');
const row = (sk: string, more: Fields = {}): Item => ({ pk: S('a'), sk: S(sk), ...more });
const rows = ['a1', 'a2', 'b1', 'b2', 'c1'].map((sk, i) => row(sk, { v: N(i) }));
const others: Item[] = [
  { pk: S('b'), sk: S('a1') },
  { pk: S('aa'), sk: S('a1') },
];
const all = { table: 'range', given: [...rows.slice(2), ...others, ...rows.slice(0, 2)] } as const;
const found = (...items: Item[]) => ok({ Items: items, Count: items.length, ScannedCount: items.length });
const at = (...indexes: number[]) => found(...indexes.map((i) => rows[i]!));
const select = (
  id: string,
  what: string,
  condition: string,
  values: Record<string, Fields>,
  ...indexes: number[]
): Case =>
  test(`query-${id}`, what, keys, [query(`pk = :p AND ${condition}`, { p: S('a'), ...values }, at(...indexes))], all);
const bad = (
  id: string,
  what: string,
  condition: string,
  values: Record<string, Fields>,
  message: string,
  more: Fields = {},
): Case => test(`query-${id}`, what, keys, [query(condition, values, refused(message), more)], { table: 'range' });
const p = { p: S('a') };

export const QUERY: readonly Case[] = [
  test(
    'query-partition',
    'A query returns the items of a partition, sorted by sort key',
    page,
    [query('pk = :p', p, at(0, 1, 2, 3, 4))],
    all,
  ),
  test(
    'query-nothing',
    'A query of an empty partition returns an empty list',
    page,
    [query('pk = :p', { p: S('gone') }, ok({ Items: [], Count: 0, ScannedCount: 0 }))],
    all,
  ),
  select('equal', 'A sort key can be compared with =', 'sk = :s', { s: S('b1') }, 2),
  select('less', 'A sort key can be compared with <', 'sk < :s', { s: S('b1') }, 0, 1),
  select('less-or-equal', 'A sort key can be compared with <=', 'sk <= :s', { s: S('b1') }, 0, 1, 2),
  select('greater', 'A sort key can be compared with >', 'sk > :s', { s: S('b1') }, 3, 4),
  select('greater-or-equal', 'A sort key can be compared with >=', 'sk >= :s', { s: S('b1') }, 2, 3, 4),
  select(
    'between',
    'BETWEEN includes both bounds of a sort key',
    'sk BETWEEN :s AND :t',
    { s: S('a2'), t: S('b1') },
    1,
    2,
  ),
  select('begins-with', 'begins_with matches a prefix of a sort key', 'begins_with(sk, :s)', { s: S('b') }, 2, 3),
  select('reversed-operands', 'The value may be the first operand', ':s < sk', { s: S('b1') }, 3, 4),
  test(
    'query-parentheses',
    'Key conditions may be in parentheses and in any order',
    keys,
    [query('(sk = :s) AND (pk = :p)', { ...p, s: S('b1') }, at(2))],
    all,
  ),
  test(
    'query-backward',
    'ScanIndexForward false reverses the order',
    page,
    [query('pk = :p', p, at(4, 3, 2, 1, 0), { ScanIndexForward: false })],
    all,
  ),
  test(
    'query-newest',
    'ScanIndexForward false with Limit 1 returns the last item',
    page,
    [
      query(
        'pk = :p AND sk BETWEEN :s AND :t',
        { ...p, s: S('a'), t: S('b9') },
        has({ Items: [rows[3]], Count: 1, LastEvaluatedKey: row('b2') }),
        { ScanIndexForward: false, Limit: 1 },
      ),
    ],
    all,
  ),
  test(
    'query-sorted-by-bytes',
    'Strings sort by UTF-8 bytes',
    page,
    [query('pk = :p', p, found(row('A'), row('Z'), row('a'), row('é'), row('\uFF5E'), row('\u{1F600}')))],
    { table: 'range', given: ['\u{1F600}', 'é', 'a', '\uFF5E', 'Z', 'A'].map((sk) => row(sk)) },
  ),
  test(
    'query-prefix-order',
    'A key sorts before the keys that it is a prefix of',
    page,
    [
      query('pk = :p', p, found(row('a'), row('a!'), row('aa'), row('b'))),
      query('pk = :p AND sk > :s', { ...p, s: S('a') }, found(row('a!'), row('aa'), row('b'))),
    ],
    { table: 'range', given: ['b', 'aa', 'a', 'a!'].map((sk) => row(sk)) },
  ),
  test(
    'query-binary-keys',
    'Binary keys sort by unsigned bytes',
    page,
    [
      query('pk = :p', p, found(...['AA==', 'fw==', 'gA==', '/w=='].map((b) => ({ pk: S('a'), sk: { B: b } })))),
      query('pk = :p AND begins_with(sk, :s)', { ...p, s: { B: 'gA==' } }, found({ pk: S('a'), sk: { B: 'gA==' } })),
    ],
    { table: 'binary', given: ['/w==', 'gA==', 'AA==', 'fw=='].map((b) => ({ pk: S('a'), sk: { B: b } })) },
  ),
  test(
    'query-numeric-range',
    'Number keys are compared by value',
    keys,
    [
      query(
        'pk = :p AND sk BETWEEN :s AND :t',
        { ...p, s: N(-5), t: N(10) },
        found(...[-3, 2, 10].map((n) => ({ pk: S('a'), sk: N(n) }))),
      ),
    ],
    { table: 'numeric', given: [100, 10, 2, -3, -30].map((n) => ({ pk: S('a'), sk: N(n) })) },
  ),
  test(
    'query-limit',
    'Limit ends a page with a LastEvaluatedKey',
    pagination,
    [
      query('pk = :p', p, ok({ Items: rows.slice(0, 2), Count: 2, ScannedCount: 2, LastEvaluatedKey: row('a2') }), {
        Limit: 2,
      }),
      nextPage(
        query('pk = :p', p, ok({ Items: rows.slice(2, 4), Count: 2, ScannedCount: 2, LastEvaluatedKey: row('b2') }), {
          Limit: 2,
        }),
      ),
      nextPage(query('pk = :p', p, ok({ Items: rows.slice(4), Count: 1, ScannedCount: 1 }), { Limit: 2 })),
    ],
    all,
  ),
  test(
    'query-limit-at-end',
    'A full page has a LastEvaluatedKey even at the end',
    pagination,
    [
      query('pk = :p', p, has({ Count: 5, LastEvaluatedKey: row('c1') }), { Limit: 5 }),
      nextPage(query('pk = :p', p, ok({ Items: [], Count: 0, ScannedCount: 0 }), { Limit: 5 })),
    ],
    all,
  ),
  test(
    'query-limit-above',
    'A page below the Limit has no LastEvaluatedKey',
    pagination,
    [query('pk = :p', p, at(0, 1, 2, 3, 4), { Limit: 6 })],
    all,
  ),
  test(
    'query-limit-backward',
    'Pages continue in reverse order',
    pagination,
    [
      query('pk = :p', p, has({ Items: [rows[4], rows[3]], LastEvaluatedKey: row('b2') }), {
        Limit: 2,
        ScanIndexForward: false,
      }),
      nextPage(
        query('pk = :p', p, has({ Items: [rows[2], rows[1]], LastEvaluatedKey: row('a2') }), {
          Limit: 2,
          ScanIndexForward: false,
        }),
      ),
    ],
    all,
  ),
  test(
    'query-start-key-deleted',
    'ExclusiveStartKey may be a missing key',
    pagination,
    [query('pk = :p', p, at(2, 3, 4), { ExclusiveStartKey: row('a9') })],
    all,
  ),
  test(
    'query-page-of-1-mb',
    'A page has up to 1 MB',
    pagination,
    [
      query('pk = :p', p, has({ LastEvaluatedKey: { pk: S('a') } })),
      allPages(query('pk = :p', p, has({ Count: 15, Pages: 2 }))),
    ],
    { table: 'range', given: Array.from({ length: 15 }, (_, i) => row(String(10 + i), { d: S('x'.repeat(100_000)) })) },
  ),
  test(
    'query-limit-before-filter',
    'Limit counts items before the filter',
    pagination,
    [
      query('pk = :p', { ...p, v: N(4) }, ok({ Items: [], Count: 0, ScannedCount: 2, LastEvaluatedKey: row('a2') }), {
        Limit: 2,
        FilterExpression: 'v = :v',
      }),
      allPages(
        query('pk = :p', { ...p, v: N(4) }, has({ Items: [rows[4]], Pages: 3 }), {
          Limit: 2,
          FilterExpression: 'v = :v',
        }),
      ),
    ],
    all,
  ),
  test(
    'query-filter',
    'A filter removes items; ScannedCount includes them',
    guide('Query.FilterExpression'),
    [
      query('pk = :p', { ...p, v: N(2) }, ok({ Items: [rows[3], rows[4]], Count: 2, ScannedCount: 5 }), {
        FilterExpression: 'v > :v',
      }),
    ],
    all,
  ),
  test(
    'query-filter-on-key',
    'A filter must not name key attributes',
    guide('Query.FilterExpression'),
    [
      query(
        'pk = :p',
        { ...p, s: S('a') },
        refused('Filter Expression can only contain non-primary key attributes: Primary key attribute: sk'),
        { FilterExpression: 'sk > :s' },
      ),
    ],
    all,
  ),
  test(
    'query-filter-by-document',
    'Filters compare lists and maps as conditions do',
    guide('Query.FilterExpression'),
    [query('pk = :p', { ...p, l: { L: [N(1)] } }, has({ Count: 1, ScannedCount: 2 }), { FilterExpression: 'l = :l' })],
    { table: 'range', given: [row('1', { l: { L: [N(1)] } }), row('2', { l: { L: [N(2)] } })] },
  ),
  test(
    'query-projection',
    'A projection returns the named attributes',
    page,
    [
      query('pk = :p', p, ok({ Items: rows.map(({ v }) => ({ v })), Count: 5, ScannedCount: 5 }), {
        ProjectionExpression: 'v',
      }),
    ],
    all,
  ),
  test(
    'query-filter-unprojected',
    'A filter evaluates attributes outside the projection',
    page,
    [
      query('pk = :p', { ...p, v: N(3) }, ok({ Items: [{ sk: S('c1') }], Count: 1, ScannedCount: 5 }), {
        FilterExpression: 'v > :v',
        ProjectionExpression: 'sk',
      }),
    ],
    all,
  ),
  test(
    'query-count',
    'Select COUNT returns no Items',
    page,
    [query('pk = :p', p, ok({ Count: 5, ScannedCount: 5 }), { Select: 'COUNT' })],
    all,
  ),
  test(
    'query-count-with-projection',
    'Select COUNT excludes a projection',
    page,
    [
      query('pk = :p', p, refused('Cannot specify the ProjectionExpression when choosing to get only the Count'), {
        Select: 'COUNT',
        ProjectionExpression: 'v',
      }),
    ],
    all,
  ),
  test(
    'query-specific-attributes',
    'SPECIFIC_ATTRIBUTES needs a projection',
    page,
    [
      query(
        'pk = :p',
        p,
        refused('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES'),
        { Select: 'SPECIFIC_ATTRIBUTES' },
      ),
      query('pk = :p', p, has({ Items: rows.map(({ v }) => ({ v })) }), {
        Select: 'SPECIFIC_ATTRIBUTES',
        ProjectionExpression: 'v',
      }),
    ],
    all,
  ),
  test(
    'query-all-attributes-with-projection',
    'ALL_ATTRIBUTES excludes a projection',
    page,
    [
      query('pk = :p', p, refused('Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES'), {
        Select: 'ALL_ATTRIBUTES',
        ProjectionExpression: 'v',
      }),
    ],
    all,
  ),
  test(
    'query-projected-of-table',
    'ALL_PROJECTED_ATTRIBUTES is for indexes',
    page,
    [
      query('pk = :p', p, refused('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName'), {
        Select: 'ALL_PROJECTED_ATTRIBUTES',
      }),
    ],
    all,
  ),
  test('query-select-unknown', 'An unknown Select is rejected', page, [
    query(
      'pk = :p',
      p,
      refusedWith(
        'Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]',
      ),
      { Select: 'SOME' },
    ),
  ]),
  test('query-limit-zero', 'Limit is at least 1', page, [
    query('pk = :p', p, refusedWith('Member must have value greater than or equal to 1'), { Limit: 0 }),
  ]),
  test(
    'query-capacity',
    'A query costs by the total size of the items that it reads',
    guide('read-write-operations'),
    [
      query('pk = :p', p, has({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 2 } }), {
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
      }),
      query('pk = :p', p, has({ ConsumedCapacity: { TableName: '$table', CapacityUnits: 1 } }), {
        ReturnConsumedCapacity: 'TOTAL',
      }),
    ],
    { table: 'range', given: [1, 2, 3, 4, 5].map((i) => row(String(i), { d: S('x'.repeat(1_000)) })) },
  ),
  bad(
    'partition-missing',
    'A query needs a partition key',
    'sk = :s',
    { s: S('x') },
    'Query condition missed key schema element: pk',
  ),
  bad(
    'partition-not-equal',
    'The partition key is compared with = only',
    'pk > :p',
    p,
    'Query key condition not supported',
  ),
  bad(
    'other-attribute',
    'A key condition names key attributes only',
    'pk = :p AND v = :v',
    { ...p, v: N(1) },
    'Query condition missed key schema element: sk',
  ),
  bad(
    'three-conditions',
    'A key condition has one or two conditions',
    'pk = :p AND sk > :s AND v = :v',
    { ...p, s: S('x'), v: N(1) },
    'Conditions can be of length 1 or 2 only',
  ),
  bad(
    'sort-key-twice',
    'A key has at most one condition',
    'pk = :p AND sk > :s AND sk < :s',
    { ...p, s: S('x') },
    'KeyConditionExpressions must only contain one condition per key',
  ),
  bad(
    'or',
    'A key condition must not use OR',
    'pk = :p OR pk = :s',
    { ...p, s: S('x') },
    'Invalid operator used in KeyConditionExpression: OR',
  ),
  bad(
    'not-equal',
    'A key condition must not use <>',
    'pk = :p AND sk <> :s',
    { ...p, s: S('x') },
    'Invalid operator used in KeyConditionExpression: <>',
  ),
  bad(
    'contains',
    'A key condition must not use contains',
    'pk = :p AND contains(sk, :s)',
    { ...p, s: S('x') },
    'Invalid operator used in KeyConditionExpression: contains',
  ),
  bad(
    'between-reversed',
    'The bounds of BETWEEN are in order',
    'pk = :p AND sk BETWEEN :t AND :s',
    { ...p, s: S('a'), t: S('b') },
    'Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}',
  ),
  bad(
    'type',
    'Values have the type of the key',
    'pk = :p AND sk = :s',
    { ...p, s: N(1) },
    'One or more parameter values were invalid: Condition parameter type does not match schema type',
  ),
  bad(
    'empty',
    'A key condition is not empty',
    '',
    {},
    'Invalid KeyConditionExpression: The expression can not be empty;',
  ),
  bad(
    'empty-key',
    'A key in a key condition is not empty',
    'pk = :p',
    { p: S('') },
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
  ),
  bad(
    'value-unused',
    'A value placeholder must be used',
    'pk = :p',
    { ...p, v: N(1) },
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}',
  ),
  test('query-condition-missing', 'A key condition is required', page, [
    query(
      '',
      {},
      refused('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.'),
      { KeyConditionExpression: undefined },
    ),
  ]),
  test(
    'query-start-key-incomplete',
    'A start key has all key attributes',
    pagination,
    [query('pk = :p', p, refusedWith('The provided starting key is invalid'), { ExclusiveStartKey: { pk: S('a') } })],
    { table: 'range' },
  ),
  test(
    'query-start-key-outside',
    'A start key is in the queried partition',
    pagination,
    [
      query(
        'pk = :p',
        p,
        refused('The provided starting key is outside query boundaries based on provided conditions'),
        { ExclusiveStartKey: { pk: S('b'), sk: S('x') } },
      ),
    ],
    { table: 'range' },
  ),
  test(
    'query-no-table',
    'A missing table fails with ResourceNotFoundException',
    page,
    [query('pk = :p', p, fails('ResourceNotFoundException', 'Requested resource not found'))],
    { table: 'none' },
  ),
  test(
    'query-key-conditions',
    'The legacy KeyConditions works',
    guide('LegacyConditionalParameters.KeyConditions'),
    [
      query('', {}, at(2, 3), {
        KeyConditionExpression: undefined,
        KeyConditions: {
          pk: { ComparisonOperator: 'EQ', AttributeValueList: [S('a')] },
          sk: { ComparisonOperator: 'BEGINS_WITH', AttributeValueList: [S('b')] },
        },
      }),
    ],
    all,
  ),
  test(
    'query-binary-filter',
    'Filters compare binaries by bytes',
    guide('Query.FilterExpression'),
    [query('pk = :p', { ...p, b: B('b') }, has({ Count: 1 }), { FilterExpression: 'b > :b' })],
    { table: 'range', given: [row('1', { b: B('a') }), row('2', { b: B('c') })] },
  ),
];
