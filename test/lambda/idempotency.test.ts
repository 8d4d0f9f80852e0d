import { type IdempotencyRecord, type IdempotentDeps, publishOnce } from '../../lambda/core/idempotency';
import { memoryWorld, type MemoryWorld } from '../support/memory';

const publication = (data: unknown = 1) => ({
  ...{
    channel: 'chat:a',
    from: 'server',
    messages: [{ data }],
    ordering: 'direct' as const,
    retention: 3_600_000,
    deadline: Number.MAX_SAFE_INTEGER,
  },
});

function setUp(): { world: MemoryWorld; deps: IdempotentDeps; records: Map<string, IdempotencyRecord> } {
  const world = memoryWorld();
  const records = new Map<string, IdempotencyRecord>();
  const idempotency = {
    claim: (_: unknown, key: string, record: IdempotencyRecord) => {
      const known = records.get(key);
      if (known === undefined) records.set(key, record);
      return Promise.resolve(known);
    },
    settle: (_: unknown, key: string, record: IdempotencyRecord) => {
      records.set(key, record);
      return Promise.resolve();
    },
  };
  return { world, records, deps: { ...world, idempotency, digest: (text) => text } };
}

const stored = (world: MemoryWorld): number => world.logs.entries.get('chat:a#eu-west-1')?.length ?? 0;

test('the same key takes effect once, and is answered the same', async () => {
  const { world, deps } = setUp();
  const first = await publishOnce(deps, publication(), 'k');
  expect(await publishOnce(deps, publication(), 'k')).toEqual(first);
  expect([stored(world), first.ids]).toEqual([1, ['k:0']]);
});

test('also when the first request died after it wrote, and others wrote since', async () => {
  const { world, deps, records } = setUp();
  const first = await publishOnce(deps, publication(), 'k');
  const { result: _, ...unsettled } = records.get('k')!;
  records.set('k', unsettled);
  for (let i = 0; i < 300; i++) await publishOnce(deps, publication(i), `other-${i}`);
  expect(await publishOnce(deps, publication(), 'k')).toEqual(first);
  expect(stored(world)).toBe(301);
});

test('two requests with one key at once store it once', async () => {
  const { world, deps } = setUp();
  const [a, b] = await Promise.all([publishOnce(deps, publication(), 'k'), publishOnce(deps, publication(), 'k')]);
  expect(a).toEqual(b);
  expect(stored(world)).toBe(1);
});

test('a key that was used for something else is refused, and nothing is stored', async () => {
  const { world, deps } = setUp();
  await publishOnce(deps, publication(1), 'k');
  await expect(publishOnce(deps, publication(2), 'k')).rejects.toMatchObject({ error: 'idempotency_key_reused' });
  expect(stored(world)).toBe(1);
});

test.each(['', 'a b', 'x'.repeat(59)])('%j is no key', async (key) => {
  const { deps } = setUp();
  await expect(publishOnce(deps, publication(), key)).rejects.toMatchObject({ error: 'idempotency_key_invalid' });
});

test('a key that can’t be settled is published all the same', async () => {
  const { world, deps } = setUp();
  const failing = { ...deps, idempotency: { ...deps.idempotency, settle: () => Promise.reject(new Error('down')) } };
  expect(await publishOnce(failing, publication(), 'k')).toMatchObject({ seqs: [1] });
  expect(world.log.lines.some(({ level }) => level === 'warn')).toBe(true);
});
