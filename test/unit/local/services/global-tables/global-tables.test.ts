// Global tables: asynchronous replication, last writer wins, no order between items, no loss.
import { A, B, twoRegions, type TwoRegions } from '../../../../support/local/two-regions';

const LONG = 60_000;
let world: TwoRegions;
beforeEach(async () => {
  world = await twoRegions();
});
afterEach(() => world.cloud.stop());

const pending = (from: string, to: string): number =>
  world.cloud.switchboard.state().pairs.find((pair) => pair.from === from && pair.to === to)!.pending;

test('when an item is written, then it reaches the other region after the lag', async () => {
  const { put, get, pass } = world;
  await put(A, 'one', 'first');
  expect([await get(A, 'one'), await get(B, 'one'), pending(A, B)]).toEqual(['first', undefined, 1]);
  await pass(LONG);
  expect([await get(B, 'one'), pending(A, B), pending(B, A)]).toEqual(['first', 0, 0]);
  const { lag, lastLag } = world.cloud.switchboard.state().pairs.find(({ from }) => from === A)!;
  expect(lag.p50).toBeGreaterThan(500);
  expect(lastLag).toBeGreaterThan(0);
});

test('when items are updated, batch-written or deleted, then the changes are replicated', async () => {
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

test('when two regions write one item, then the last write wins in both', async () => {
  const { put, get, pass, clock } = world;
  await put(B, 'one', 'earlier');
  clock.advance(10);
  await put(A, 'one', 'later');
  await pass(LONG);
  expect([await get(A, 'one'), await get(B, 'one')]).toEqual(['later', 'later']);
});

test('when two writes have the same time, then both regions keep the same one', async () => {
  const { put, get, pass } = world;
  await put(A, 'one', 'of A');
  await put(B, 'one', 'of B');
  await pass(LONG);
  expect([await get(A, 'one'), await get(B, 'one')]).toEqual(['of B', 'of B']);
});

test('when an older write arrives after a deletion, then the item stays deleted', async () => {
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

test('when several items are written, then they may arrive in another order', async () => {
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

test('when an item expires, then it is deleted in every region', async () => {
  const { put, get, pass, clock, regions } = world;
  await put(A, 'one', 'x', { x: { N: String(Math.floor(clock.now() / 1_000) + 5) } });
  await pass(30_000);
  expect(await get(B, 'one')).toBe('x');
  await regions[A]!.services.dynamodb.timeToLive.sweep();
  await pass(30_000);
  expect([await get(A, 'one'), await get(B, 'one')]).toEqual([undefined, undefined]);
});

test('when replication is paused, then nothing arrives; when it resumes, then everything does', async () => {
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
])('given %s, then writes are held and none is lost', async (_, breaks, mends) => {
  const { put, get, pass, cloud } = world;
  await put(A, 'one', 'x');
  await cloud.switchboard.apply(breaks);
  await pass(LONG);
  expect(await get(B, 'one')).toBeUndefined();
  await cloud.switchboard.apply(mends);
  await pass(LONG);
  expect(await get(B, 'one')).toBe('x');
});

test('when the switchboard sets a lag, then replication uses it', async () => {
  const { put, get, pass, cloud } = world;
  await cloud.switchboard.apply({ switch: 'replication-lag', from: A, to: B, p50: 30_000, p99: 30_000 });
  await put(A, 'one', 'x');
  await pass(29_000);
  expect(await get(B, 'one')).toBeUndefined();
  await pass(2_000);
  expect(await get(B, 'one')).toBe('x');
});

test('given a replicated secret, then its value is the same in every region', () => {
  const value = (region: string): string | undefined => world.regions[region]!.services.secrets.value('tokens');
  expect(value(A)).toMatch(/^.{32}$/);
  expect(value(B)).toBe(value(A));
});
