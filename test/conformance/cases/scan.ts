import {
  allPages,
  api,
  BOOL,
  type Case,
  expressionValues,
  fails,
  guide,
  has,
  type Item,
  N,
  NULL,
  ok,
  refused,
  refusedWith,
  S,
  scan,
  test,
} from '../case';

const page = api('Scan');
const guidePage = guide('Scan');
const items: Item[] = Array.from({ length: 12 }, (_, i) => ({ pk: S(`k${i}`), v: N(i), even: BOOL(i % 2 === 0) }));
const all = { given: items } as const;
const segments = (total: number) =>
  Array.from({ length: total }, (_, Segment) => allPages(scan({ Segment, TotalSegments: total }, has({ Pages: 1 }))));

export const SCAN: readonly Case[] = [
  test(
    'scan-all',
    'A scan returns every item',
    page,
    [scan({}, has({ Count: 12, ScannedCount: 12 }, 'LastEvaluatedKey'))],
    all,
  ),
  test('scan-empty', 'A scan of an empty table returns an empty list', page, [
    scan({}, ok({ Items: [], Count: 0, ScannedCount: 0 })),
  ]),
  test(
    'scan-pages',
    'Limit splits a scan into pages that contain each item once',
    guidePage,
    [
      scan({ Limit: 5 }, has({ Count: 5, ScannedCount: 5, LastEvaluatedKey: { pk: '<any>' } })),
      allPages(scan({ Limit: 5 }, has({ Count: 12, Pages: 3 }))),
    ],
    all,
  ),
  test(
    'scan-page-of-1-mb',
    'A page has up to 1 MB',
    guidePage,
    [scan({}, has({ LastEvaluatedKey: { pk: '<any>' } })), allPages(scan({}, has({ Count: 15, Pages: 2 })))],
    { given: Array.from({ length: 15 }, (_, i) => ({ pk: S(`k${i}`), d: S('x'.repeat(100_000)) })) },
  ),
  test(
    'scan-filter',
    'A filter removes items; ScannedCount includes them',
    guidePage,
    [
      scan(
        { FilterExpression: 'v >= :v AND even = :e', ...expressionValues({ v: N(8), e: BOOL(true) }) },
        has({ Count: 2, ScannedCount: 12 }),
      ),
    ],
    all,
  ),
  test(
    'scan-filter-on-key',
    'A scan may filter by key',
    guidePage,
    [
      scan(
        { FilterExpression: 'pk = :p', ...expressionValues({ p: S('k3') }) },
        ok({ Items: [items[3]!], Count: 1, ScannedCount: 12 }),
      ),
    ],
    all,
  ),
  test(
    'scan-filter-limit',
    'Limit counts items before the filter',
    guidePage,
    [
      scan(
        { Limit: 4, FilterExpression: 'v > :v', ...expressionValues({ v: N(100) }) },
        has({ Items: [], Count: 0, ScannedCount: 4, LastEvaluatedKey: { pk: '<any>' } }),
      ),
    ],
    all,
  ),
  test(
    'scan-filter-false',
    'A filter treats false and null as values',
    guidePage,
    [scan({ FilterExpression: 'x IN (:f, :n)', ...expressionValues({ f: BOOL(false), n: NULL }) }, has({ Count: 2 }))],
    { given: [{ pk: S('1'), x: BOOL(false) }, { pk: S('2'), x: NULL }, { pk: S('3') }] },
  ),
  test(
    'scan-count',
    'Select COUNT returns no Items',
    page,
    [scan({ Select: 'COUNT' }, ok({ Count: 12, ScannedCount: 12 }))],
    all,
  ),
  test(
    'scan-projection',
    'A projection returns the named attributes',
    page,
    [scan({ ProjectionExpression: 'v' }, ok({ Items: [{ v: N(1) }], Count: 1, ScannedCount: 1 }))],
    { given: [{ pk: S('a'), v: N(1), w: N(2) }] },
  ),
  test('scan-segments', 'Segments partition the items', guidePage, segments(4), {
    ...all,
    total: { field: 'Count', is: 12 },
  }),
  test(
    'scan-one-segment',
    'One segment contains every item',
    guidePage,
    [scan({ Segment: 0, TotalSegments: 1 }, has({ Count: 12 }))],
    all,
  ),
  test('scan-segment-alone', 'A segment needs TotalSegments', page, [
    scan(
      { Segment: 1 },
      refused(
        'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
      ),
    ),
    scan(
      { Segment: 0 },
      refused(
        'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
      ),
    ),
  ]),
  test('scan-total-alone', 'TotalSegments needs a segment', page, [
    scan(
      { TotalSegments: 2 },
      refused(
        'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
      ),
    ),
  ]),
  test('scan-segment-too-high', 'Segments count from 0', page, [
    scan(
      { Segment: 4, TotalSegments: 4 },
      refused(
        'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 4 is not less than TotalSegments: 4',
      ),
    ),
  ]),
  test('scan-limit-zero', 'Limit is at least 1', page, [
    scan({ Limit: 0 }, refusedWith('Member must have value greater than or equal to 1')),
  ]),
  test('scan-specific-attributes', 'SPECIFIC_ATTRIBUTES needs a projection', page, [
    scan(
      { Select: 'SPECIFIC_ATTRIBUTES' },
      refused('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES'),
    ),
  ]),
  test('scan-start-key', 'A start key matches the schema', guidePage, [
    scan({ ExclusiveStartKey: { other: S('x') } }, refusedWith('The provided starting key is invalid')),
  ]),
  test(
    'scan-capacity',
    'A scan costs by the items that it reads, not by those that it returns',
    guidePage,
    [
      scan(
        {
          FilterExpression: 'v = :v',
          ...expressionValues({ v: N(100) }),
          ReturnConsumedCapacity: 'TOTAL',
          ConsistentRead: true,
        },
        has({ Count: 0, ConsumedCapacity: { TableName: '$table', CapacityUnits: 3 } }),
      ),
    ],
    { given: [1, 2, 3].map((i) => ({ pk: S(`k${i}`), d: S('x'.repeat(4_000)) })) },
  ),
  test(
    'scan-no-table',
    'A missing table fails with ResourceNotFoundException',
    page,
    [scan({}, fails('ResourceNotFoundException', 'Requested resource not found'))],
    { table: 'none' },
  ),
  test(
    'scan-old-filter',
    'The legacy ScanFilter works',
    guide('LegacyConditionalParameters.ScanFilter'),
    [
      scan(
        { ScanFilter: { v: { ComparisonOperator: 'GT', AttributeValueList: [N(9)] } } },
        has({ Count: 2, ScannedCount: 12 }),
      ),
    ],
    all,
  ),
];
