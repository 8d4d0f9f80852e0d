// Delayed deletions by TTL, in no order, as AWS may do.
import { DynamoDbService, startDynalite } from '../../../../../local/services/dynamodb';
import { ManualClock } from '../../../../support/manual-clock';

const HOUR = 3_600_000;
const TableName = 'Messages';

let clock: ManualClock;
let service: DynamoDbService;

async function call(operation: string, fields: object): Promise<any> {
  const { status, body } = await service.call(operation, fields as Record<string, unknown>);
  if (status !== 200) throw new Error(body);
  return JSON.parse(body);
}

/** Puts items that expire a second apart, the first one in a second. */
async function put(count: number): Promise<void> {
  const now = Math.floor(clock.now() / 1000);
  for (let i = 0; i < count; i++) {
    const Item = { pk: { S: 'log' }, sk: { N: String(i) }, x: { N: String(now + 1 + i) } };
    await call('PutItem', { TableName, Item });
  }
}

/** Remaining items, in order. */
async function left(): Promise<number[]> {
  const query = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'log' } } };
  const { Items } = await call('Query', { TableName, ...query });
  return Items.map(({ sk }: { sk: { N: string } }) => Number(sk.N));
}

async function after(ms: number): Promise<number[]> {
  clock.advance(ms);
  await service.timeToLive.sweep();
  return left();
}

beforeEach(async () => {
  clock = new ManualClock();
  service = new DynamoDbService(await startDynalite(), clock);
  await call('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
  await call('UpdateTimeToLive', { TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'x' } });
});
afterEach(() => service.stop());

test('by default, the first sweep deletes all expired items', async () => {
  await put(4);
  expect(await after(3_000)).toEqual([2, 3]);
  expect(await after(60_000)).toEqual([]);
});

test('given delayed deletions, then each expired item stays for its own delay, in no order', async () => {
  const draws = [0.9, 0.1, 0.5, 0.3];
  service.timeToLive.lateDeletions.set(48 * HOUR, () => draws.shift() ?? 0);
  await put(4);
  expect(await after(HOUR)).toEqual([0, 1, 2, 3]);
  expect(await after(4 * HOUR)).toEqual([0, 2, 3]);
  expect(await after(10 * HOUR)).toEqual([0, 2]);
  expect(await after(10 * HOUR)).toEqual([0]);
  expect(await after(24 * HOUR)).toEqual([]);
});

test('given delayed deletions, when an item is renewed, then it stays until its new expiry', async () => {
  service.timeToLive.lateDeletions.set(HOUR, () => 0.5);
  await put(2);
  expect(await after(60_000)).toEqual([0, 1]);
  await put(1);
  expect(await after(HOUR / 2)).toEqual([0]);
  expect(await after(60_000)).toEqual([]);
});

test('when the delay is cleared, then the next sweep deletes all expired items', async () => {
  service.timeToLive.lateDeletions.set(48 * HOUR, () => 0.9);
  await put(3);
  expect(await after(HOUR)).toEqual([0, 1, 2]);
  service.timeToLive.lateDeletions.set(0);
  expect(await after(0)).toEqual([]);
});
