import {
  allPages,
  api,
  type Case,
  type Fields,
  get,
  guide,
  has,
  type Item,
  N,
  nextPage,
  ok,
  put,
  query,
  refused,
  remove,
  S,
  scan,
  test,
  update,
} from '../case';

const gsi = guide('GSI');
const lsi = guide('LSI');
const page = api('Query');
const row = (sk: string, more: Fields = {}): Item => ({ pk: S('a'), sk: S(sk), ...more });
const rows = [
  row('1', { g: S('x'), l: N(3), v: S('v1'), w: S('w1') }),
  row('2', { g: S('x'), l: N(1), v: S('v2') }),
  row('3', { g: S('y'), l: N(2) }),
  row('4'),
];
const all = { table: 'indexed', given: rows } as const;
const found = (...items: Item[]) => ok({ Items: items, Count: items.length, ScannedCount: items.length });
const byG = (expect: ReturnType<typeof ok>, more: Fields = {}) =>
  query('g = :g', { g: S('x') }, expect, { IndexName: 'byG', ...more });
const byL = (expect: ReturnType<typeof ok>, more: Fields = {}) =>
  query('pk = :p', { p: S('a') }, expect, { IndexName: 'byL', ...more });

export const INDEXES: readonly Case[] = [
  test('gsi-query', 'A global index has its own partition and sort key', gsi, [byG(found(rows[1]!, rows[0]!))], all),
  test(
    'gsi-range',
    'A global index has conditions on its sort key',
    gsi,
    [query('g = :g AND l > :l', { g: S('x'), l: N(2) }, found(rows[0]!), { IndexName: 'byG' })],
    all,
  ),
  test(
    'gsi-sparse',
    'Items without the keys of an index are not in it',
    gsi,
    [scan({ IndexName: 'byG' }, has({ Count: 3 })), scan({ IndexName: 'keysByG' }, has({ Count: 3 }))],
    all,
  ),
  test(
    'gsi-keys-only',
    'KEYS_ONLY projects the keys of the table and of the index',
    gsi,
    [query('g = :g', { g: S('y') }, found(row('3', { g: S('y') })), { IndexName: 'keysByG' })],
    all,
  ),
  test(
    'gsi-same-key-often',
    'Many items may have the same key in an index',
    gsi,
    [query('g = :g', { g: S('x') }, has({ Count: 2 }), { IndexName: 'keysByG' })],
    all,
  ),
  test(
    'gsi-follows-updates',
    'A global index follows puts, updates and deletes',
    gsi,
    [
      update({ pk: S('a'), sk: S('1') }, 'SET g = :g', { g: S('y') }),
      query('g = :g', { g: S('y') }, has({ Count: 2 }), { IndexName: 'byG' }),
      update({ pk: S('a'), sk: S('3') }, 'REMOVE g'),
      query('g = :g', { g: S('y') }, has({ Count: 1 }), { IndexName: 'byG' }),
      put({ ...rows[0]!, g: S('z') }),
      query('g = :g', { g: S('z') }, has({ Count: 1 }), { IndexName: 'byG' }),
      remove({ pk: S('a'), sk: S('1') }),
      query('g = :g', { g: S('z') }, has({ Count: 0 }), { IndexName: 'byG' }),
    ],
    all,
  ),
  test(
    'gsi-consistent',
    'Reads of a global index are never strongly consistent',
    gsi,
    [
      byG(refused('Consistent reads are not supported on global secondary indexes'), { ConsistentRead: true }),
      scan(
        { IndexName: 'byG', ConsistentRead: true },
        refused('Consistent reads are not supported on global secondary indexes'),
      ),
    ],
    all,
  ),
  test(
    'gsi-pages',
    'Pages of an index name the keys of table and index',
    gsi,
    [
      byG(has({ Items: [rows[1]], LastEvaluatedKey: row('2', { g: S('x'), l: N(1) }) }), { Limit: 1 }),
      nextPage(byG(has({ Items: [rows[0]] }), { Limit: 1 })),
      allPages(byG(has({ Count: 2, Pages: 3 }), { Limit: 1 })),
    ],
    all,
  ),
  test(
    'gsi-all-attributes',
    'A global index does not fetch unprojected attributes',
    page,
    [
      query(
        'g = :g',
        { g: S('x') },
        refused(
          'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index keysByG because its projection type is not ALL',
        ),
        { IndexName: 'keysByG', Select: 'ALL_ATTRIBUTES' },
      ),
    ],
    all,
  ),
  test(
    'gsi-unprojected',
    'A projection on a global index names projected attributes only',
    page,
    [
      query(
        'g = :g',
        { g: S('x') },
        { error: 'ValidationException', messageHas: 'does not project' },
        { IndexName: 'keysByG', ProjectionExpression: 'v' },
      ),
    ],
    all,
  ),
  test(
    'gsi-capacity',
    'INDEXES returns the capacity of each index',
    page,
    [
      byG(
        has({
          ConsumedCapacity: {
            CapacityUnits: 0.5,
            Table: { CapacityUnits: 0 },
            GlobalSecondaryIndexes: { byG: { CapacityUnits: 0.5 } },
          },
        }),
        { ReturnConsumedCapacity: 'INDEXES' },
      ),
    ],
    all,
  ),
  test(
    'gsi-missing',
    'A missing index is rejected',
    page,
    [
      query('g = :g', { g: S('x') }, refused('The table does not have the specified index: nope'), {
        IndexName: 'nope',
      }),
    ],
    all,
  ),
  test(
    'lsi-query',
    'A local index sorts a partition by another attribute',
    lsi,
    [
      byL(
        has({
          Items: [row('2', { l: N(1), v: S('v2') }), row('3', { l: N(2) }), row('1', { l: N(3), v: S('v1') })],
          Count: 3,
        }),
      ),
    ],
    all,
  ),
  test(
    'lsi-consistent',
    'A local index supports strongly consistent reads',
    lsi,
    [
      put(row('5', { l: N(9) })),
      query('pk = :p AND l = :l', { p: S('a'), l: N(9) }, has({ Count: 1 }), {
        IndexName: 'byL',
        ConsistentRead: true,
      }),
    ],
    all,
  ),
  test(
    'lsi-all-attributes',
    'A local index fetches unprojected attributes from the table',
    lsi,
    [
      query('pk = :p AND l = :l', { p: S('a'), l: N(3) }, has({ Items: [rows[0]] }), {
        IndexName: 'byL',
        Select: 'ALL_ATTRIBUTES',
      }),
    ],
    all,
  ),
  test(
    'lsi-unprojected',
    'A local index fetches unprojected attributes of a projection',
    lsi,
    [
      query('pk = :p AND l = :l', { p: S('a'), l: N(3) }, has({ Items: [{ w: S('w1') }] }), {
        IndexName: 'byL',
        ProjectionExpression: 'w',
      }),
    ],
    all,
  ),
  test(
    'lsi-pages',
    'Pages of a local index name three keys',
    lsi,
    [
      byL(has({ Count: 1, LastEvaluatedKey: row('2', { l: N(1) }) }), { Limit: 1 }),
      nextPage(byL(has({ Count: 1, LastEvaluatedKey: row('3', { l: N(2) }) }), { Limit: 1 })),
    ],
    all,
  ),
  test(
    'lsi-other-partition',
    'A local index has the partition key of the table',
    lsi,
    [query('l = :l', { l: N(1) }, refused('Query condition missed key schema element: pk'), { IndexName: 'byL' })],
    all,
  ),
  test(
    'index-start-key',
    'A start key of an index includes the keys of the index',
    guide('Query.Pagination'),
    [
      byG(
        { error: 'ValidationException', messageHas: 'The provided starting key is invalid' },
        { ExclusiveStartKey: { pk: S('a'), sk: S('1') } },
      ),
    ],
    all,
  ),
  test(
    'index-filter',
    'Filters work on indexes',
    page,
    [
      query('g = :g', { g: S('x'), v: S('v1') }, ok({ Items: [rows[0]!], Count: 1, ScannedCount: 2 }), {
        IndexName: 'byG',
        FilterExpression: 'v = :v',
      }),
      get({ pk: S('a'), sk: S('1') }, ok({ Item: rows[0]! })),
    ],
    all,
  ),
];
