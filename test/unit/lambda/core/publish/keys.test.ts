// Requests with an idempotency key whose first request is not answered yet: what is remembered of it, and where it is looked for.
import { EPOCH_MARGIN } from '../../../../../lambda/core/log/epochs';
import type { Entry } from '../../../../../lambda/core/log/log-store';
import { findTail } from '../../../../../lambda/core/log/tail';
import { type IdempotencyRecord, publishOnce } from '../../../../../lambda/core/publish/idempotency';
import { HOUR, memoryWorld, type MemoryWorld, rowOf } from '../../../../support/memory/memory';

const CHANNEL = 'chat:a';
const [EU, US, ASIA] = ['eu-west-1', 'us-east-1', 'ap-south-1'];
const logOf = (origin: string) => ({ channel: CHANNEL, origin });
const FROM = 'server';

const publication = {
  channel: CHANNEL,
  from: FROM,
  messages: [{ data: 1 }],
  ordering: 'direct' as const,
  retention: HOUR,
  deadline: Number.MAX_SAFE_INTEGER,
};

const stored = (world: MemoryWorld): readonly Entry[] => world.logs.entries.get(`${CHANNEL}#${EU}`) ?? [];

/** A record of a first request that is not answered. */
async function recordOf(
  world: MemoryWorld,
  origin: string,
  more: Partial<IdempotencyRecord> = {},
): Promise<IdempotencyRecord> {
  const begun = world.runtime.now();
  return {
    digest: world.digest(JSON.stringify([FROM, publication.messages])),
    tail: await findTail(world, logOf(origin), HOUR),
    ids: 'k:1',
    begun,
    until: begun + HOUR,
    ...more,
  };
}

/** Puts entries of others into a log, with one of the key's first request among them. */
function fill(
  world: MemoryWorld,
  origin: string,
  { tail: { epoch } }: IdempotencyRecord,
  { count, at, ts }: { count: number; at: number; ts: number },
): void {
  const entries = Array.from({ length: count }, (_, i): Entry => {
    const id = i === at ? 'k:1:0' : `other${i}`;
    const messages = [{ id, data: 1, enc: 'json' }];
    return { epoch, seq: i + 1, ts, from: FROM, messages, deleteAfter: ts + 100 * HOUR, previousDeleteAfter: 0 };
  });
  world.logs.entries.set(`${CHANNEL}#${origin}`, entries);
}

test('given a key that is invalid, then the error shows its beginning only', async () => {
  const key = '!'.repeat(500);
  await expect(publishOnce(memoryWorld(), publication, key)).rejects.toMatchObject({
    error: 'idempotency_key_invalid',
    message: expect.not.stringContaining('!'.repeat(81)),
  });
});

test('given a key that was answered, when it is sent again, then the answer is returned without a write', async () => {
  const world = memoryWorld();
  const first = await publishOnce(world, publication, 'k');
  const note = jest.spyOn(world.idempotency, 'note');
  expect(await publishOnce(world, publication, 'k')).toEqual(first);
  expect(note).not.toHaveBeenCalled();
});

test('given an answer that comes between claim and note, then it is returned, and nothing is stored', async () => {
  const world = memoryWorld();
  const record = await recordOf(world, EU);
  const result = { origin: EU, epoch: 'e', ids: ['k:1:0'], seqs: [7] };
  world.idempotency.records.set(rowOf(logOf(EU), 'k'), record);
  world.idempotency.note = () => Promise.resolve({ ...record, result });
  expect(await publishOnce(world, publication, 'k')).toEqual(result);
  expect(stored(world)).toEqual([]);
});

test('given a record that is deleted between claim and note, then its ids are used', async () => {
  const world = memoryWorld();
  world.idempotency.records.set(rowOf(logOf(EU), 'k'), await recordOf(world, EU));
  world.idempotency.note = () => Promise.resolve(undefined);
  expect(await publishOnce(world, publication, 'k')).toMatchObject({ ids: ['k:1:0'] });
  expect(stored(world)).toHaveLength(1);
});

test.each([0, EPOCH_MARGIN])(
  'given a first request that stored behind many entries, %d ms after it began, then it is found',
  async (later) => {
    const world = memoryWorld();
    const record = await recordOf(world, EU);
    world.idempotency.records.set(rowOf(logOf(EU), 'k'), record);
    fill(world, EU, record, { count: 250, at: 180, ts: record.begun + later });
    world.runtime.time += 2 * EPOCH_MARGIN;
    const { ids, seqs: found } = await publishOnce(world, publication, 'k');
    expect([ids, found, stored(world).length]).toEqual([['k:1:0'], [181], 250]);
  },
);

test('given a first request of another region, which stored behind many entries, then its answer is returned', async () => {
  const world = { ...memoryWorld(), origins: [EU, US] };
  const record = await recordOf(world, US);
  world.idempotency.records.set(rowOf(logOf(US), 'k'), record);
  fill(world, US, record, { count: 250, at: 180, ts: record.begun + EPOCH_MARGIN });
  world.runtime.time += 2 * EPOCH_MARGIN;
  expect(await publishOnce(world, publication, 'k')).toMatchObject({ origin: US, seqs: [181] });
  expect(stored(world)).toEqual([]);
});

test('given first requests of two other regions, then the ids of the earlier one are used', async () => {
  for (const [us, asia] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const world = { ...memoryWorld(), origins: [EU, US, ASIA] };
    const begun = world.runtime.now();
    world.idempotency.records.set(rowOf(logOf(US), 'k'), await recordOf(world, US, { ids: 'k:us', begun: begun + us }));
    world.idempotency.records.set(
      rowOf(logOf(ASIA), 'k'),
      await recordOf(world, ASIA, { ids: 'k:asia', begun: begun + asia }),
    );
    world.runtime.time += 10;
    expect((await publishOnce(world, publication, 'k')).ids).toEqual([us < asia ? 'k:us:0' : 'k:asia:0']);
  }
});

test('given a record of another region whose key is free again, then it is ignored', async () => {
  for (const [left, ids] of [
    [1, 'k:us:0'],
    [0, expect.not.stringContaining('us')],
  ] as const) {
    const world = { ...memoryWorld(), origins: [EU, US] };
    const until = world.runtime.now() + left;
    world.idempotency.records.set(rowOf(logOf(US), 'k'), await recordOf(world, US, { ids: 'k:us', until }));
    expect((await publishOnce(world, publication, 'k')).ids).toEqual([ids]);
  }
});
