// Global tables: asynchronous, the last writer wins, order between items is not kept; nothing is lost.
import { A, B, twoRegions, type TwoRegions } from '../../../../support/local/two-regions';

const LONG = 60_000;
let world: TwoRegions;
beforeEach(async () => {
  world = await twoRegions();
});
afterEach(() => world.cloud.stop());

const pending = (from: string, to: string): number =>
  world.cloud.switchboard.state().pairs.find((pair) => pair.from === from && pair.to === to)!.pending;

test('a write reaches the other region, a while later and not at once', async () => {
  const { put, get, pass } = world;
  await put(A, 'one', 'first');
  expect([await get(A, 'one'), await get(B, 'one'), pending(A, B)]).toEqual(['first', undefined, 1]);
  await pass(LONG);
  expect([await get(B, 'one'), pending(A, B), pending(B, A)]).toEqual(['first', 0, 0]);
  const { lag, lastLag } = world.cloud.switchboard.state().pairs.find(({ from }) => from === A)!;
  expect(lag.p50).toBeGreaterThan(500);
  expect(lastLag).toBeGreaterThan(0);
});

test('updates, batches and deletions too', async () => {
  const { get, pass, put, regions, remove } = world;
  const call = (operation: string, fields: Record<string, unknown>) =>
    regions[A]!.services.dynamodb.call(operation, fields);
  await put(A, 'gone', 'x');
  await pass(LONG);
  const item = (pk: string): object => ({ pk: { S: pk }, v: { S: 'batch' } });
  await call('BatchWriteItem', { RequestItems: { shared: [{ PutRequest: { Item: item('batch') } }] } });
  await call('UpdateItem', {
    TableName: 'shared',
    Key: { pk: { S: 'updated' } },
    UpdateExpression: 'SET v = :v',
    ExpressionAttributeValues: { ':v': { S: 'set' } },
  });
  await remove(A, 'gone');
  await pass(LONG);
  expect([await get(B, 'batch'), await get(B, 'updated'), await get(B, 'gone')]).toEqual(['batch', 'set', undefined]);
});

test('of two writes of one item, the last one stays, in both regions', async () => {
  const { put, get, pass, clock } = world;
  await put(B, 'one', 'earlier');
  clock.advance(10);
  await put(A, 'one', 'later');
  await pass(LONG);
  expect([await get(A, 'one'), await get(B, 'one')]).toEqual(['later', 'later']);
});

test('of two writes at the same moment, both regions keep the same one', async () => {
  const { put, get, pass } = world;
  await put(A, 'one', 'of A');
  await put(B, 'one', 'of B');
  await pass(LONG);
  expect([await get(A, 'one'), await get(B, 'one')]).toEqual(['of B', 'of B']);
});

test('a deletion is a write: an older one that comes after it does not bring the item back', async () => {
  const { put, get, pass, clock, remove, cloud } = world;
  await cloud.switchboard.apply({ switch: 'replication-pause', from: A, to: B });
  await put(A, 'one', 'old');
  clock.advance(10);
  await put(B, 'one', 'newer');
  clock.advance(10);
  await remove(B, 'one');
  await pass(LONG);
  await cloud.switchboard.apply({ switch: 'replication-resume', from: A, to: B });
  await pass(LONG);
  expect([await get(A, 'one'), await get(B, 'one')]).toEqual([undefined, undefined]);
});

test('items arrive in another order than they were written in', async () => {
  const { put, get, pass } = world;
  const keys = Array.from({ length: 30 }, (_, i) => `item${i}`);
  for (const key of keys) await put(A, key, key);
  const arrived: string[] = [];
  for (let i = 0; i < 400 && arrived.length < keys.length; i++) {
    await pass(25);
    for (const key of keys) if (!arrived.includes(key) && (await get(B, key)) !== undefined) arrived.push(key);
  }
  expect([...arrived].sort()).toEqual([...keys].sort());
  expect(arrived).not.toEqual(keys);
}, 30_000);

test('what expired is deleted everywhere', async () => {
  const { put, get, pass, clock, regions } = world;
  await put(A, 'one', 'x', { x: { N: String(Math.floor(clock.now() / 1_000) + 5) } });
  await pass(30_000);
  expect(await get(B, 'one')).toBe('x');
  await regions[A]!.services.dynamodb.timeToLive.sweep();
  await pass(30_000);
  expect([await get(A, 'one'), await get(B, 'one')]).toEqual([undefined, undefined]);
});

test('while replication is paused nothing arrives; afterwards everything does, one way as the other', async () => {
  const { put, get, pass, cloud } = world;
  await cloud.switchboard.apply({ switch: 'replication-pause', from: A, to: B });
  await put(A, 'held', 'x');
  await put(B, 'free', 'y');
  await pass(LONG);
  expect([await get(B, 'held'), await get(A, 'free'), pending(A, B)]).toEqual([undefined, 'y', 1]);
  await cloud.switchboard.apply({ switch: 'replication-resume', from: A, to: B });
  await pass(LONG);
  expect([await get(B, 'held'), pending(A, B)]).toEqual(['x', 0]);
});

test.each([
  ['a cut pair', { switch: 'pair-cut', a: B, b: A }, { switch: 'pair-heal', a: A, b: B }],
  ['the other region being down', { switch: 'region-down', region: B }, { switch: 'region-up', region: B }],
  ['its own region being down', { switch: 'region-down', region: A }, { switch: 'region-up', region: A }],
])('%s holds what was written before; nothing is lost', async (_, breaks, mends) => {
  const { put, get, pass, cloud } = world;
  await put(A, 'one', 'x');
  await cloud.switchboard.apply(breaks);
  await pass(LONG);
  expect(await get(B, 'one')).toBeUndefined();
  await cloud.switchboard.apply(mends);
  await pass(LONG);
  expect(await get(B, 'one')).toBe('x');
});

test('the lag is that of the switchboard', async () => {
  const { put, get, pass, cloud } = world;
  await cloud.switchboard.apply({ switch: 'replication-lag', from: A, to: B, p50: 30_000, p99: 30_000 });
  await put(A, 'one', 'x');
  await pass(29_000);
  expect(await get(B, 'one')).toBeUndefined();
  await pass(2_000);
  expect(await get(B, 'one')).toBe('x');
});

test('a secret has the same value in the regions of its replicas, by name', () => {
  const value = (region: string): string | undefined => world.regions[region]!.services.secrets.value('tokens');
  expect(value(A)).toMatch(/^.{32}$/);
  expect(value(B)).toBe(value(A));
});
