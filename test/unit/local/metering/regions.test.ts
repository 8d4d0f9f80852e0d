// Usage of several regions: replicated writes, and data transfer between regions.
import type { Usage } from '../../../../local';
import { A, B, TABLE, twoRegions, type TwoRegions } from '../../../support/local/two-regions';
import { until } from '../../../support/until';
import { taken } from '../../../support/local/usage';

const LONG = 60_000;
const UNIT = 'replicated write request units';
let world: TwoRegions;
beforeEach(async () => {
  world = await twoRegions();
});
afterEach(() => world.cloud.stop());

const used = (region: string, service: Usage['service'] = 'dynamodb'): Record<string, number> =>
  taken(world.regions[region]!.services.meter, service);

/** Advances the clock, and waits for the writes that are due by then to arrive in the other region. */
async function pass(ms: number): Promise<void> {
  await world.pass(ms);
  await until(
    () => world.cloud.switchboard.state().pairs.every(({ pending }) => pending === 0),
    'changes have arrived',
  );
}

test('when a global table is written, then replicated units are billed in both regions', async () => {
  await world.put(A, 'one', 'x'.repeat(1_500));
  expect([used(A), used(B)]).toEqual([{ [`PutItem: ${UNIT}`]: 2 }, {}]);
  await pass(LONG);
  expect([used(A), used(B)]).toEqual([{}, { [`PutItem, replicated: ${UNIT}`]: 2 }]);
  await world.remove(A, 'one');
  await pass(LONG);
  expect([used(A), used(B)]).toEqual([{ [`DeleteItem: ${UNIT}`]: 2 }, { [`DeleteItem, replicated: ${UNIT}`]: 2 }]);
});

test('when a condition fails, then only the region of the write is billed', async () => {
  await world.put(A, 'one', 'x');
  await pass(LONG);
  used(A);
  used(B);
  const fields = { TableName: TABLE, Item: { pk: { S: 'one' } }, ConditionExpression: 'attribute_not_exists(pk)' };
  const { status } = await world.regions[A]!.services.dynamodb.call('PutItem', fields);
  await pass(LONG);
  expect([status, used(A), used(B)]).toEqual([400, { [`PutItem: ${UNIT}`]: 1 }, {}]);
});

test('when TTL deletes an item, then only its replication is billed', async () => {
  const expiry = Math.floor(world.clock.now() / 1_000) + 120;
  await world.put(A, 'one', 'x'.repeat(1_500), { x: { N: String(expiry) } });
  await pass(LONG);
  for (const { services } of world.cloud.regions) services.dynamodb.timeToLive.stop();
  world.clock.advance(2 * LONG);
  used(A);
  used(B);
  await world.regions[A]!.services.dynamodb.timeToLive.sweep();
  await pass(LONG);
  expect(await world.get(B, 'one')).toBeUndefined();
  expect([used(A), used(B)]).toEqual([
    {},
    { [`DeleteItem, replicated: ${UNIT}`]: 2, 'GetItem: read request units': 1 },
  ]);
});

test('when a write is replicated, then the region of the write pays for the transfer', async () => {
  await world.put(A, 'one', 'x'.repeat(100));
  await pass(LONG);
  const bytes = { [`dynamodb replication of ${TABLE}: bytes to other regions`]: 'pkonev'.length + 100 };
  expect([used(A, 'datatransfer'), used(B, 'datatransfer')]).toEqual([bytes, {}]);
});

test('when another region is called, then the caller pays for the request and the other region for the answer', async () => {
  const invoked = world.regions[A]!.services.lambda.invoke('sender', { body: 'x'.repeat(100) });
  // The clock is stopped, so the latency between the regions must be passed by hand.
  while (!world.regions[B]!.services.sqs.find('inbox')!.counts().visible) {
    world.clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await invoked;
  const there = used(A, 'datatransfer')['sqs SendMessage: bytes to other regions'];
  const back = used(B, 'datatransfer')['sqs SendMessage: bytes to other regions'];
  expect(there).toBeGreaterThan(100);
  expect(there).toBeLessThan(400);
  expect(back).toBeGreaterThan(50);
});

test('when the switchboard is asked, then it returns the usage of every region', async () => {
  await world.put(B, 'one', 'x');
  const { [A]: inA, [B]: inB } = world.cloud.switchboard.usage();
  const write = { service: 'dynamodb', unit: UNIT, resource: TABLE, operation: 'PutItem', amount: 1 };
  expect(inB).toContainEqual(write);
  expect(inA).not.toContainEqual(write);
});
