// Features that are not emulated fail with an error that names them, instead of a wrong result.
import { api, bare, call, type Case, type Fields, guide, has, N, S, type Step, test } from '../case';

const refusedByName = (operation: string, fields: Fields): Step =>
  bare(operation, fields, {
    error: 'UnknownOperationException',
    message: `The local cloud does not emulate the DynamoDB operation ${operation}`,
  });
const missing = (id: string, what: string, operation: string, fields: Fields, aws = api(operation)): Case =>
  test(`not-emulated-${id}`, `${operation} ${what}`, aws, [refusedByName(operation, fields)], {
    notForJar: 'the local cloud rejects it by name, which AWS does not',
  });
const key = { pk: S('a') };

export const NOT_EMULATED: readonly Case[] = [
  missing('transact-write', 'is refused by name', 'TransactWriteItems', {
    TransactItems: [{ Put: { TableName: '$table', Item: key } }],
  }),
  missing('transact-get', 'is refused by name', 'TransactGetItems', {
    TransactItems: [{ Get: { TableName: '$table', Key: key } }],
  }),
  missing('statement', '(PartiQL) is refused by name', 'ExecuteStatement', { Statement: 'SELECT * FROM "$table"' }),
  missing('batch-statement', '(PartiQL) is refused by name', 'BatchExecuteStatement', {
    Statements: [{ Statement: 'SELECT * FROM "$table"' }],
  }),
  missing('transaction', '(PartiQL) is refused by name', 'ExecuteTransaction', {
    TransactStatements: [{ Statement: 'SELECT * FROM "$table"' }],
  }),
  missing('backups', 'is refused by name', 'DescribeContinuousBackups', { TableName: '$table' }),
  missing('backup', 'is refused by name', 'CreateBackup', { TableName: '$table', BackupName: 'one' }),
  missing('global-table', 'is refused by name', 'DescribeGlobalTable', { GlobalTableName: '$table' }),
  missing('export', 'is refused by name', 'ExportTableToPointInTime', { TableArn: 'x', S3Bucket: 'y' }),
  missing('limits', 'is refused by name', 'DescribeLimits', {}),
  missing('kinesis', 'is refused by name', 'EnableKinesisStreamingDestination', {
    TableName: '$table',
    StreamArn: 'x',
  }),
  missing('resource-policy', 'is refused by name', 'GetResourcePolicy', { ResourceArn: 'x' }),
  missing('list-streams', '(DynamoDB Streams) is refused by name', 'ListStreams', {}, guide('Streams')),
  missing('unknown', 'is no operation at all, and refused', 'MakeCoffee', {}, api('Operations')),
  test(
    'not-emulated-index-update',
    'An index update by UpdateTable is rejected by name',
    api('UpdateTable'),
    [
      call(
        'UpdateTable',
        {
          AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
          GlobalSecondaryIndexUpdates: [
            {
              Create: {
                IndexName: 'byG',
                KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
                Projection: { ProjectionType: 'ALL' },
              },
            },
          ],
        },
        {
          error: 'UnknownOperationException',
          message: 'The local cloud does not emulate GlobalSecondaryIndexUpdates of the DynamoDB operation UpdateTable',
        },
      ),
    ],
    { notForJar: 'the local cloud rejects it by name, which AWS does not' },
  ),
  test(
    'not-emulated-stream',
    'A table with a stream is rejected by name',
    api('CreateTable'),
    [
      call(
        'CreateTable',
        {
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
        },
        {
          error: 'UnknownOperationException',
          message: 'The local cloud does not emulate StreamSpecification of the DynamoDB operation CreateTable',
        },
      ),
    ],
    { table: 'none', notForJar: 'the local cloud rejects it by name, which AWS does not' },
  ),
  test(
    'not-emulated-writes-nothing',
    'A rejected transaction writes nothing',
    api('TransactWriteItems'),
    [
      refusedByName('TransactWriteItems', {
        TransactItems: [{ Put: { TableName: '$table', Item: { ...key, v: N(2) } } }],
      }),
      call('GetItem', { Key: key }, has({}, 'Item')),
    ],
    { notForJar: 'the local cloud rejects it by name, which AWS does not' },
  ),
];
