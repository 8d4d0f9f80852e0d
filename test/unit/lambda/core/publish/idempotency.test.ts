import { publishDirect } from '../../../../../lambda/core/publish/http-publish';
import {
  IDEMPOTENCY_WINDOW,
  type IdempotencyRecord,
  publishOnce,
} from '../../../../../lambda/core/publish/idempotency';
import { memoryWorld, type MemoryWorld, rowOf } from '../../../../support/memory/memory';

const publication = (data: unknown = 1) => ({
  channel: 'chat:a',
  from: 'server',
  messages: [{ data }],
  ordering: 'direct' as const,
  retention: 3_600_000,
  deadline: Number.MAX_SAFE_INTEGER,
});

function setUp(): { world: MemoryWorld; deps: MemoryWorld; records: Map<string, IdempotencyRecord> } {
  const world = memoryWorld();
  return { world, records: world.idempotency.records, deps: world };
}

/** The record of the key `k`. */
const K = rowOf({ channel: 'chat:a', origin: 'eu-west-1' }, 'k');

const stored = (world: MemoryWorld): number => world.logs.entries.get('chat:a#eu-west-1')?.length ?? 0;

test('when a key is sent twice, then it takes effect once and gets the same answer', async () => {
  const { world, deps } = setUp();
  const first = await publishOnce(deps, publication(), 'k');
  expect(await publishOnce(deps, publication(), 'k')).toEqual(first);
  expect([stored(world), first.ids]).toEqual([1, [expect.stringMatching(/^k:[a-z0-9]+:0$/)]]);
});

test('given a first request that died after its write, when the key is sent again, then the stored entry is found', async () => {
  const { world, deps, records } = setUp();
  const first = await publishOnce(deps, publication(), 'k');
  const { result: _, ...unsettled } = records.get(K)!;
  records.set(K, unsettled);
  for (let i = 0; i < 300; i++) await publishOnce(deps, publication(i), `other-${i}`);
  expect(await publishOnce(deps, publication(), 'k')).toEqual(first);
  expect(stored(world)).toBe(301);
});

test('given entries stored long after the last attempt, when a key is sent again, then the search skips them', async () => {
  const { world, deps, records } = setUp();
  await publishOnce(deps, publication(), 'k');
  const { result: _, ...unsettled } = records.get(K)!;
  for (const { attempt, stored: first } of [
    { attempt: 'that died after it wrote', stored: true },
    { attempt: 'that died before', stored: false },
  ]) {
    records.set(K, unsettled);
    if (!first) world.logs.entries.set('chat:a#eu-west-1', (world.logs.entries.get('chat:a#eu-west-1') ?? []).slice(1));
    world.runtime.time += 600_000;
    for (let i = 0; i < 1_000; i++) await publishOnce(deps, publication(i), `${first}-${i}`);
    const from = jest.spyOn(world.logs, 'from');
    const before = stored(world);
    await publishOnce(deps, publication(), 'k');
    expect([attempt, stored(world) - before]).toEqual([attempt, first ? 0 : 1]);
    expect(from.mock.calls.length).toBeLessThan(3);
    from.mockRestore();
  }
});

test('when two requests with one key come at once, then it is stored once', async () => {
  const { world, deps } = setUp();
  const [a, b] = await Promise.all([publishOnce(deps, publication(), 'k'), publishOnce(deps, publication(), 'k')]);
  expect(a).toEqual(b);
  expect(stored(world)).toBe(1);
});

test('when a key is sent with another body, then it is refused and nothing is stored', async () => {
  const { world, deps } = setUp();
  await publishOnce(deps, publication(1), 'k');
  await expect(publishOnce(deps, publication(2), 'k')).rejects.toMatchObject({ error: 'idempotency_key_reused' });
  expect(stored(world)).toBe(1);
});

test.each(['', 'a b', 'x'.repeat(59)])('when the key is %j, then it is refused', async (key) => {
  const { deps } = setUp();
  await expect(publishOnce(deps, publication(), key)).rejects.toMatchObject({ error: 'idempotency_key_invalid' });
});

test('given a store that fails to note the answer, when a key is sent, then the publish succeeds', async () => {
  const { world, deps } = setUp();
  world.idempotency.settles = false;
  expect(await publishOnce(deps, publication(), 'k')).toMatchObject({ seqs: [1] });
  expect(world.logger.lines.some(({ level }) => level === 'warn')).toBe(true);
});

test('given a key that is free again, when it is reused, then its message ids differ from the first ones', async () => {
  const { world, deps } = setUp();
  for (const retention of [60_000, 3_600_000, 7 * IDEMPOTENCY_WINDOW]) {
    const again = { ...publication(), retention };
    const monday = await publishOnce(deps, again, 'daily-report');
    world.runtime.time += Math.min(retention, IDEMPOTENCY_WINDOW);
    const tuesday = await publishOnce(deps, again, 'daily-report');
    expect(tuesday.ids).not.toEqual(monday.ids);
    world.runtime.time += 2 * IDEMPOTENCY_WINDOW;
  }
});

test('when a direct publish is repeated with its key, then it takes effect once', async () => {
  const { world, deps } = setUp();
  const request = { channel: 'chat:a', messages: [{ data: 1 }], idempotencyKey: 'k' };
  const first = await publishDirect(deps, request, Number.MAX_SAFE_INTEGER);
  expect(await publishDirect(deps, request, Number.MAX_SAFE_INTEGER)).toEqual(first);
  expect(stored(world)).toBe(1);
  await expect(publishDirect(deps, { ...request, idempotencyKey: 7 }, 0)).rejects.toMatchObject({
    error: 'idempotency_key_invalid',
  });
});
