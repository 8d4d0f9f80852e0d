import {
  api,
  bare,
  call,
  type Case,
  fails,
  type Fields,
  guide,
  has,
  N,
  ok,
  put,
  refused,
  refusedWith,
  S,
  scan,
  TABLES,
  test,
} from '../case';

const create = api('CreateTable');
const ON_DEMAND = { BillingMode: 'PAY_PER_REQUEST' };
const NOT_FOUND = fails('ResourceNotFoundException', 'Requested resource not found: Table: $table not found');
const HASH: Fields = { ...TABLES.hash, ...ON_DEMAND };
/** A CreateTable that is rejected. */
const bad = (id: string, what: string, fields: Fields, expect: ReturnType<typeof ok>, aws = create): Case =>
  test(`table-${id}`, what, aws, [call('CreateTable', { ...HASH, ...fields }, expect)], { table: 'none' });
const attributes = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
const schema = (...names: string[]) =>
  names.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' }));
const gsi = (IndexName: string, more: Fields = {}) => ({
  IndexName,
  KeySchema: schema('g'),
  Projection: { ProjectionType: 'ALL' },
  ...more,
});
const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/$table';

export const TABLE_CASES: readonly Case[] = [
  test(
    'table-create',
    'CreateTable describes the new table',
    create,
    [
      call(
        'CreateTable',
        HASH,
        has({
          TableDescription: {
            TableName: '$table',
            KeySchema: HASH.KeySchema,
            AttributeDefinitions: HASH.AttributeDefinitions,
            ItemCount: 0,
            TableSizeBytes: 0,
            CreationDateTime: '<number>',
            TableArn: '<text>',
            TableId: '<text>',
          },
        }),
      ),
      call('DeleteTable', {}, has({ TableDescription: { TableName: '$table', TableStatus: 'DELETING' } })),
    ],
    { table: 'none' },
  ),
  test(
    'table-describe',
    'DescribeTable returns keys, indexes and billing mode',
    api('DescribeTable'),
    [
      call(
        'DescribeTable',
        {},
        has({
          Table: {
            TableName: '$table',
            TableStatus: 'ACTIVE',
            KeySchema: TABLES.indexed.KeySchema,
            BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
            ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
            LocalSecondaryIndexes: [
              { IndexName: 'byL', Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['v'] } },
            ],
          },
        }),
      ),
    ],
    { table: 'indexed' },
  ),
  test(
    'table-describe-missing',
    'A missing table fails with ResourceNotFoundException',
    api('DescribeTable'),
    [call('DescribeTable', {}, NOT_FOUND)],
    { table: 'none' },
  ),
  test('table-describe-arn', 'DescribeTable accepts an ARN', api('DescribeTable'), [
    call('DescribeTable', { TableName: ARN }, has({ Table: { TableName: '$table' } })),
  ]),
  test('table-create-twice', 'Table names are unique', create, [
    call('CreateTable', HASH, fails('ResourceInUseException', 'Table already exists: $table')),
  ]),
  test(
    'table-delete',
    'A deleted table no longer exists, nor do its items',
    api('DeleteTable'),
    [
      call('CreateTable', HASH, has({})),
      put({ pk: S('a') }),
      call('DeleteTable', {}, has({})),
      call('DescribeTable', {}, NOT_FOUND),
      call('CreateTable', HASH, has({})),
      scan({}, has({ Count: 0 })),
      call('DeleteTable', {}, has({})),
    ],
    { table: 'none' },
  ),
  test(
    'table-delete-missing',
    'A missing table can not be deleted',
    api('DeleteTable'),
    [call('DeleteTable', {}, NOT_FOUND)],
    { table: 'none' },
  ),
  test(
    'table-delete-ttl',
    'A new table of the same name has no TTL',
    api('DeleteTable'),
    [
      call('CreateTable', HASH, has({})),
      call('UpdateTimeToLive', { TimeToLiveSpecification: { Enabled: true, AttributeName: 'x' } }, has({})),
      call('DeleteTable', {}, has({})),
      call('CreateTable', HASH, has({})),
      call('DescribeTimeToLive', {}, ok({ TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } })),
      call('DeleteTable', {}, has({})),
    ],
    { table: 'none' },
  ),
  test('table-deletion-protection', 'A protected table can not be deleted', guide('WorkingWithTables.Basics'), [
    call(
      'UpdateTable',
      { DeletionProtectionEnabled: true },
      has({ TableDescription: { DeletionProtectionEnabled: true } }),
    ),
    call(
      'DeleteTable',
      {},
      refused(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      ),
    ),
    call(
      'UpdateTable',
      { DeletionProtectionEnabled: false },
      has({ TableDescription: { DeletionProtectionEnabled: false } }),
    ),
  ]),
  test(
    'table-deletion-protection-create',
    'Deletion protection is set at creation, and off by default',
    guide('WorkingWithTables.Basics'),
    [
      call(
        'CreateTable',
        { ...HASH, DeletionProtectionEnabled: true },
        has({ TableDescription: { DeletionProtectionEnabled: true } }),
      ),
      call('DescribeTable', {}, has({ Table: { DeletionProtectionEnabled: true } })),
      call('UpdateTable', { DeletionProtectionEnabled: false }, has({})),
      call('DescribeTable', {}, has({ Table: { DeletionProtectionEnabled: false } })),
      call('DeleteTable', {}, has({})),
    ],
    { table: 'none' },
  ),
  test(
    'table-list',
    'ListTables returns pages sorted by name',
    api('ListTables'),
    [
      call('CreateTable', { ...HASH, TableName: '$table-1' }, has({})),
      call('CreateTable', { ...HASH, TableName: '$table-2' }, has({})),
      bare(
        'ListTables',
        { ExclusiveStartTableName: '$table-0', Limit: 1 },
        ok({ TableNames: ['$table-1'], LastEvaluatedTableName: '$table-1' }),
      ),
      bare('ListTables', { ExclusiveStartTableName: '$table-1', Limit: 1 }, has({ TableNames: ['$table-2'] })),
      bare('ListTables', { ExclusiveStartTableName: 'zzz' }, ok({ TableNames: [] })),
      call('DeleteTable', { TableName: '$table-1' }, has({})),
      call('DeleteTable', { TableName: '$table-2' }, has({})),
    ],
    { table: 'none' },
  ),
  test('table-list-limit', 'A page has 1 to 100 names', api('ListTables'), [
    bare('ListTables', { Limit: 0 }, refusedWith('Member must have value greater than or equal to 1')),
    bare('ListTables', { Limit: 101 }, refusedWith('Member must have value less than or equal to 100')),
  ]),
  test('table-update-billing', 'UpdateTable changes the billing mode', api('UpdateTable'), [
    call(
      'UpdateTable',
      { BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 } },
      has({ TableDescription: { TableName: '$table' } }),
    ),
  ]),
  test('table-update-nothing', 'An update without changes is rejected', api('UpdateTable'), [
    call(
      'UpdateTable',
      {},
      refusedWith(
        'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
      ),
    ),
  ]),
  test(
    'table-update-missing',
    'A missing table fails with ResourceNotFoundException',
    api('UpdateTable'),
    [call('UpdateTable', ON_DEMAND, NOT_FOUND)],
    { table: 'none' },
  ),
  test('table-tags', 'Tags are added, listed and removed', api('TagResource'), [
    bare('TagResource', {
      ResourceArn: ARN,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
    bare(
      'ListTagsOfResource',
      { ResourceArn: ARN },
      ok({
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    ),
    bare('UntagResource', { ResourceArn: ARN, TagKeys: ['a'] }),
    bare('ListTagsOfResource', { ResourceArn: ARN }, ok({ Tags: [{ Key: 'b', Value: '2' }] })),
  ]),
  test('table-tags-of-own', 'Each table has its own tags', api('ListTagsOfResource'), [
    bare('ListTagsOfResource', { ResourceArn: ARN }, ok({ Tags: [] })),
  ]),
  bad(
    'name-short',
    'A name has at least 3 characters',
    { TableName: 'ab' },
    refusedWith('at least 3 characters'),
    guide('HowItWorks.NamingRulesDataTypes'),
  ),
  bad(
    'name-characters',
    'A table name has letters, digits and _-. only',
    { TableName: 'a name!' },
    refusedWith('Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+'),
    guide('HowItWorks.NamingRulesDataTypes'),
  ),
  bad(
    'key-undefined',
    'Keys are defined as attributes',
    { KeySchema: schema('other') },
    refusedWith(
      'Some index key attributes are not defined in AttributeDefinitions. Keys: [other], AttributeDefinitions: [pk]',
    ),
  ),
  bad(
    'attribute-unused',
    'Only key attributes are defined',
    { AttributeDefinitions: attributes('pk', 'v') },
    refused(
      'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    ),
  ),
  bad(
    'key-twice',
    'The two keys are different attributes',
    { KeySchema: schema('pk', 'pk'), AttributeDefinitions: attributes('pk', 'sk') },
    refused('Both the Hash Key and the Range Key element in the KeySchema have the same name'),
  ),
  bad(
    'key-order',
    'The partition key comes first',
    { KeySchema: [{ AttributeName: 'pk', KeyType: 'RANGE' }] },
    refused('Invalid KeySchema: The first KeySchemaElement is not a HASH key type'),
  ),
  bad(
    'key-type',
    'Keys are strings, numbers or binaries',
    { AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'BOOL' }] },
    refusedWith('Member must satisfy enum value set: [B, N, S]'),
  ),
  bad(
    'throughput-missing',
    'A provisioned table needs a throughput',
    { BillingMode: 'PROVISIONED' },
    refusedWith('must both be specified when BillingMode is PROVISIONED'),
  ),
  bad(
    'throughput-on-demand',
    'An on-demand table must not have a throughput',
    { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
    refusedWith('can be specified when BillingMode is PAY_PER_REQUEST'),
  ),
  bad(
    'index-key-undefined',
    'Keys of indexes are defined as attributes',
    { GlobalSecondaryIndexes: [gsi('byG')] },
    refusedWith(
      'Some index key attributes are not defined in AttributeDefinitions. Keys: [g], AttributeDefinitions: [pk]',
    ),
    guide('GSI'),
  ),
  bad(
    'index-twice',
    'Names of indexes are unique',
    { AttributeDefinitions: attributes('pk', 'g'), GlobalSecondaryIndexes: [gsi('byG'), gsi('byG')] },
    refused('One or more parameter values were invalid: Duplicate index name: byG'),
    guide('GSI'),
  ),
  bad(
    'index-projection',
    'Only INCLUDE projections name attributes',
    {
      AttributeDefinitions: attributes('pk', 'g'),
      GlobalSecondaryIndexes: [gsi('byG', { Projection: { ProjectionType: 'ALL', NonKeyAttributes: ['v'] } })],
    },
    refused('One or more parameter values were invalid: ProjectionType is ALL, but NonKeyAttributes is specified'),
    guide('GSI'),
  ),
  bad(
    'local-index-without-sort-key',
    'Local indexes need a table with a sort key',
    {
      AttributeDefinitions: attributes('pk', 'l'),
      LocalSecondaryIndexes: [
        { IndexName: 'byL', KeySchema: schema('pk', 'l'), Projection: { ProjectionType: 'ALL' } },
      ],
    },
    refused(
      'One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    ),
    guide('LSI'),
  ),
  test('table-item-count', 'DescribeTable updates the item count only from time to time', api('DescribeTable'), [
    put({ pk: S('a'), n: N(1) }),
    call('DescribeTable', {}, has({ Table: { ItemCount: '<number>', TableSizeBytes: '<number>' } })),
  ]),
];
