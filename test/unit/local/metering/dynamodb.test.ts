// Exact read and write units for items of known sizes.
import { DynamoDbService, startDynalite } from '../../../../local/services/dynamodb';
import { CapacityMeter } from '../../../../local/services/dynamodb/capacity';
import { Meter } from '../../../../local/metering';
import { ManualClock } from '../../../support/manual-clock';

const TableName = 'Messages';

let clock: ManualClock;
let service: DynamoDbService;
let meter: Meter;

async function call(operation: string, fields: object): Promise<any> {
  const { status, body } = await service.call(operation, { TableName, ...fields });
  return { status, ...JSON.parse(body === '' ? '{}' : body) };
}

/** An item of the given size in bytes, counting names and values of attributes. */
function itemOf(sk: string, bytes: number, more: object = {}): object {
  const named = Buffer.byteLength(`pkpartitionsk${sk}d`);
  return { pk: { S: 'partition' }, sk: { S: sk }, d: { S: 'x'.repeat(bytes - named) }, ...more };
}

const keyOf = (sk: string): object => ({ Key: { pk: { S: 'partition' }, sk: { S: sk } } });
const put = (sk: string, bytes: number, more: object = {}): Promise<any> =>
  call('PutItem', { Item: itemOf(sk, bytes), ...more });

/** Usage since the previous call, by operation. */
function taken(): Record<string, number> {
  return Object.fromEntries(
    meter
      .take()
      .map(({ operation, unit, amount }) => [
        `${operation}: ${unit.replace(' request units', 's').replace('replicated ', 'r')}`,
        amount,
      ]),
  );
}

beforeEach(async () => {
  clock = new ManualClock();
  meter = new Meter();
  service = new DynamoDbService(await startDynalite(), clock, meter);
  const names = [['pk', 'HASH'] as const, ['sk', 'RANGE'] as const];
  await call('CreateTable', {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: names.map(([AttributeName]) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: names.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
  });
  await call('UpdateTimeToLive', { TimeToLiveSpecification: { Enabled: true, AttributeName: 'x' } });
});
afterEach(() => service.stop());

test('when tables are created, then nothing is billed', () => {
  expect(meter.take()).toEqual([]);
});

test('when an item is put, then each started KB of the larger of old and new item is a unit', async () => {
  await put('a', 1_024);
  expect(taken()).toEqual({ 'PutItem: writes': 1 });
  await put('a', 1_025);
  expect(taken()).toEqual({ 'PutItem: writes': 2 });
  await put('a', 100);
  expect(taken()).toEqual({ 'PutItem: writes': 2 });
});

test('when sizes are computed, then bytes of UTF-8 count', async () => {
  const Item = { ...itemOf('a', 30), d: { S: 'ü'.repeat(600) } };
  await call('PutItem', { Item });
  await call('Query', {
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'partition' } },
  });
  await call('PutItem', { Item: { ...Item, d: { S: 'ü'.repeat(2_100) } } });
  expect(taken()).toEqual({ 'PutItem: writes': 2 + 5, 'Query: reads': 0.5 });
  await call('GetItem', { ...keyOf('a'), ConsistentRead: true });
  await call('Query', {
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'partition' } },
    ConsistentRead: true,
  });
  expect(taken()).toEqual({ 'GetItem: reads': 2, 'Query: reads': 2 });
});

test('when an item is deleted, then its size counts, and a missing item is one unit', async () => {
  await put('a', 2_049);
  taken();
  await call('DeleteItem', keyOf('a'));
  expect(taken()).toEqual({ 'DeleteItem: writes': 3 });
  await call('DeleteItem', keyOf('a'));
  expect(taken()).toEqual({ 'DeleteItem: writes': 1 });
});

test('when an item is updated, then the larger of the items before and after counts', async () => {
  await put('a', 3_000);
  taken();
  const set = { UpdateExpression: 'SET n = :n', ExpressionAttributeValues: { ':n': { N: '1' } } };
  await call('UpdateItem', { ...keyOf('a'), ...set });
  expect(taken()).toEqual({ 'UpdateItem: writes': 3 });
  await call('UpdateItem', { ...keyOf('a'), UpdateExpression: 'REMOVE d' });
  expect(taken()).toEqual({ 'UpdateItem: writes': 3 });
  await call('UpdateItem', { ...keyOf('b'), ...set });
  expect(taken()).toEqual({ 'UpdateItem: writes': 1 });
});

test('when a condition fails, then the larger of existing and new item counts', async () => {
  const ifNew = { ConditionExpression: 'attribute_not_exists(pk)' };
  await put('a', 2_500);
  taken();
  expect((await put('a', 100, ifNew)).status).toBe(400);
  expect(taken()).toEqual({ 'PutItem: writes': 3 });
  const asked = await put('a', 4_000, { ...ifNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  expect(asked.Item.sk).toEqual({ S: 'a' });
  expect(taken()).toEqual({ 'PutItem: writes': 4 });
  await call('DeleteItem', { ...keyOf('a'), ...ifNew });
  await call('UpdateItem', {
    ...keyOf('none'),
    UpdateExpression: 'REMOVE d',
    ConditionExpression: 'attribute_exists(pk)',
  });
  expect(taken()).toEqual({ 'DeleteItem: writes': 3, 'UpdateItem: writes': 1 });
});

test('when a call is rejected, then nothing is billed', async () => {
  expect((await call('PutItem', { Item: { pk: { S: 'no sort key' } } })).status).toBe(400);
  service.fault = () => ({ name: 'ThrottlingException', message: 'no' });
  expect((await put('a', 100)).status).toBe(400);
  expect(taken()).toEqual({});
});

test('when an item is read, then each started 4 KB is a unit, or half a unit if eventually consistent', async () => {
  await put('a', 4_097);
  taken();
  await call('GetItem', keyOf('a'));
  expect(taken()).toEqual({ 'GetItem: reads': 1 });
  await call('GetItem', { ...keyOf('a'), ConsistentRead: true, ProjectionExpression: 'sk' });
  expect(taken()).toEqual({ 'GetItem: reads': 2 });
  await call('GetItem', keyOf('none'));
  expect(taken()).toEqual({ 'GetItem: reads': 0.5 });
  await call('GetItem', { ...keyOf('none'), ConsistentRead: true });
  expect(taken()).toEqual({ 'GetItem: reads': 1 });
});

test('when items are queried, then their total size before filter and projection counts', async () => {
  for (const sk of ['a', 'b', 'c']) await put(sk, 2_000);
  taken();
  const query = (fields: object, pk = 'partition'): Promise<any> =>
    call('Query', {
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: pk } },
      ConsistentRead: true,
      ...fields,
    });
  expect((await query({})).Count).toBe(3);
  expect(taken()).toEqual({ 'Query: reads': 2 });
  await query({ ConsistentRead: false });
  expect(taken()).toEqual({ 'Query: reads': 1 });
  expect((await query({ ProjectionExpression: 'sk' })).Items[0]).toEqual({ sk: { S: 'a' } });
  expect((await query({ FilterExpression: 'attribute_not_exists(d)' })).Items).toEqual([]);
  expect(await query({ Select: 'COUNT' })).toEqual({ status: 200, Count: 3, ScannedCount: 3 });
  expect(taken()).toEqual({ 'Query: reads': 6 });
  expect((await query({ Limit: 1 })).LastEvaluatedKey.sk).toEqual({ S: 'a' });
  expect(taken()).toEqual({ 'Query: reads': 1 });
  await query({}, 'nobody');
  await query({ ConsistentRead: false }, 'nobody');
  expect(taken()).toEqual({ 'Query: reads': 1.5 });
  await call('Scan', {});
  expect(taken()).toEqual({ 'Scan: reads': 1 });
});

test('when a batch is read, then each item is rounded separately', async () => {
  const write = [100, 1_025, 100].map((bytes, i) => ({ PutRequest: { Item: itemOf(`${i}`, bytes) } }));
  await service.call('BatchWriteItem', { RequestItems: { [TableName]: write } });
  expect(taken()).toEqual({ 'BatchWriteItem: writes': 4 });
  const Keys = ['0', '1', 'none'].map((sk) => (keyOf(sk) as { Key: object }).Key);
  await service.call('BatchGetItem', { RequestItems: { [TableName]: { Keys, ConsistentRead: true } } });
  expect(taken()).toEqual({ 'BatchGetItem: reads': 3 });
});

test('when a caller does not request the capacity, then the answer has none', async () => {
  expect(await put('a', 100)).toEqual({ status: 200 });
  const { ConsumedCapacity: capacity } = await put('a', 100, { ReturnConsumedCapacity: 'TOTAL' });
  expect(capacity).toMatchObject({ TableName, CapacityUnits: 1 });
  expect((await put('a', 100, { ReturnConsumedCapacity: 'much' })).status).toBe(400);
  expect(taken()).toEqual({ 'PutItem: writes': 2 });
});

test('when TTL deletes items, then scans and deletes are free', async () => {
  await call('PutItem', { Item: itemOf('a', 100, { x: { N: String(Math.floor(clock.now() / 1_000) + 1) } }) });
  taken();
  clock.advance(3_000);
  await service.timeToLive.sweep();
  expect(taken()).toEqual({});
  expect((await call('GetItem', keyOf('a'))).Item).toBeUndefined();
});

test.each([
  ['last', { Items: [], ConsumedCapacity: { TableName, CapacityUnits: 2 } }],
  ['first', { ConsumedCapacity: { TableName, CapacityUnits: 2 }, Items: [] }],
  ['alone', { ConsumedCapacity: [{ TableName, CapacityUnits: 2 }] }],
  [
    'first, and as an attribute',
    { ConsumedCapacity: { TableName, CapacityUnits: 2 }, Item: { ConsumedCapacity: { S: '}' } } },
  ],
  [
    'last, and as an attribute',
    { Item: { ConsumedCapacity: { S: '}' } }, ConsumedCapacity: { TableName, CapacityUnits: 2 } },
  ],
])('given an answer with the capacity %s, then the rest is unchanged', async (_, body) => {
  const capacity = new CapacityMeter(meter, () => false);
  const answered = () => Promise.resolve({ status: 200, body: JSON.stringify(body) });
  const { ConsumedCapacity: _consumed, ...rest } = body;
  const result = await capacity.metered('Query', {}, answered);
  expect(JSON.parse(result.body)).toEqual(rest);
  expect(taken()).toEqual({ 'Query: reads': 2 });
});

test('given an engine that reports nothing for empty reads, then the minimum is billed', async () => {
  const capacity = new CapacityMeter(meter, () => false);
  const body = JSON.stringify({ Items: [], ConsumedCapacity: { TableName, CapacityUnits: 0 } });
  const query = (fields: Record<string, unknown>): Promise<unknown> =>
    capacity.metered('Query', fields, () => Promise.resolve({ status: 200, body }));
  await query({});
  expect(taken()).toEqual({ 'Query: reads': 0.5 });
  await query({ ConsistentRead: true });
  expect(taken()).toEqual({ 'Query: reads': 1 });
});
