import { dispatch } from '../../../../../lambda/core/dispatch';
import { type InboxRecord, processInbox } from '../../../../../lambda/core/regions/inbox';
import type { MessagesPush } from '../../../../../protocol';
import { connect } from '../../../../support/memory/memory';
import { peeredWorld, type PeeredWorld } from '../../../../support/memory/memory-regions';

const US = 'us-east-1';
const ASIA = 'ap-south-1';
const FOREVER = Number.MAX_SAFE_INTEGER;

const push = (seq: number, more: Partial<MessagesPush> & { size?: number } = {}): MessagesPush => {
  const { size = 1, ...fields } = more;
  const messages = [{ seq, id: `m${seq}`, ts: 0, from: 'ada', data: 'x'.repeat(size), enc: 'json' }];
  return { push: 'messages', channel: 'chat:a', origin: US, epoch: 'e1', messages, ...fields };
};

let received = 0;
const record = (body: unknown, receiveCount = 1): InboxRecord => ({
  id: `r${++received}`,
  receiveCount,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

async function subscribed(world: PeeredWorld, channel = 'chat:a', id = 'ada'): Promise<() => unknown[]> {
  const request = JSON.stringify({ action: 'subscribe', id: 1, channel });
  await dispatch(world, await connect(world, id), request, FOREVER);
  return () =>
    (world.transport.frames.get(id) ?? []).map(({ origin, epoch, messages }: any) => {
      return `${origin} ${epoch}: ${messages.map(({ seq }: any) => seq)}`;
    });
}

test('given records of several channels, then their subscribers get the pushes unchanged', async () => {
  const world = peeredWorld(US);
  const [a, b] = [await subscribed(world), await subscribed(world, 'chat:b', 'bob')];

  const failed = await processInbox(world, [record(push(1)), record(push(7, { channel: 'chat:b' }))], FOREVER);

  expect([failed, a(), b()]).toEqual([[], ['us-east-1 e1: 1'], ['us-east-1 e1: 7']]);
  expect(world.transport.frames.get('ada')).toEqual([push(1)]);
});

test('given a batch in any order, then it is sorted by log, and consecutive messages become one frame', async () => {
  const world = peeredWorld(US, ASIA);
  const frames = await subscribed(world);
  const batch = [push(3), push(9), push(1, { epoch: 'e2' }), push(2, { origin: ASIA }), push(1), push(2), push(1)];

  await processInbox(
    world,
    batch.map((one) => record(one)),
    FOREVER,
  );

  expect(frames()).toEqual(['ap-south-1 e1: 2', 'us-east-1 e1: 1,2,3', 'us-east-1 e1: 9', 'us-east-1 e2: 1']);
});

test('given more messages than fit into 32 KB, then several frames are sent', async () => {
  const world = peeredWorld(US);
  const frames = await subscribed(world);
  const batch = [1, 2, 3].map((seq) => record(push(seq, { size: 12_000 })));
  await processInbox(world, batch, FOREVER);
  expect(frames()).toEqual(['us-east-1 e1: 1,2', 'us-east-1 e1: 3']);
});

test('given a channel without subscribers, then interest is withdrawn', async () => {
  const world = peeredWorld(US);
  await world.interest.note('chat:a', FOREVER);
  expect(await processInbox(world, [record(push(1))], FOREVER)).toEqual([]);
  expect(world.interest.notes.get('chat:a')?.size).toBe(0);
});

describe('when subscribers can not be read in time', () => {
  /** The subscribers of one record can't be read, and the deadline of another passes. */
  async function process(world: PeeredWorld): Promise<{ failed: readonly string[]; ids: readonly string[] }> {
    await subscribed(world);
    const [one, two] = [record(push(1)), record(push(2))];
    world.connections.beforeRead = () => {
      throw new Error('out');
    };
    const failed = [...(await processInbox(world, [one], FOREVER))];
    world.connections.beforeRead = () => undefined;
    failed.push(...(await processInbox(world, [two], world.runtime.time)));
    expect(world.interest.notes.get('chat:a')?.size).toBe(1);
    return { failed, ids: [one.id, two.id] };
  }

  test('then workers get the push, and interest stays', async () => {
    const world = peeredWorld(US);
    expect((await process(world)).failed).toEqual([]);
    expect(world.jobs.sent).toEqual([
      { shard: 0, push: push(1) },
      { shard: 0, push: push(2) },
    ]);
  });

  test('given that the job queue fails too, then the record is received again, and interest stays', async () => {
    const world = peeredWorld(US);
    world.jobs.fails = true;
    const { failed, ids } = await process(world);
    expect(failed).toEqual(ids);
  });
});

test('given a record that is received again, then interest is stored: an earlier attempt may have withdrawn it and crashed', async () => {
  const world = peeredWorld(US);
  const frames = await subscribed(world);
  world.interest.notes.clear();
  await processInbox(world, [record(push(1))], FOREVER);
  expect(world.interest.notes.size).toBe(0);
  await processInbox(world, [record(push(1), 2)], FOREVER);
  expect(world.interest.notes.get('chat:a')?.size).toBe(1);
  expect(frames()).toHaveLength(2);
});

test('when interest can not be withdrawn, then the record is received again', async () => {
  const world = peeredWorld(US);
  world.interest.noted = () => Promise.reject(new Error('out'));
  const one = record(push(1));
  expect(await processInbox(world, [one], FOREVER)).toEqual([one.id]);
});

test('given invalid records in a batch, then only they fail', async () => {
  const world = peeredWorld(US);
  const frames = await subscribed(world);
  const bad = ['{', 'null', '{"push":"move"}', { ...push(1), messages: [] }, { ...push(1), channel: 1 }].map((body) =>
    record(body),
  );
  expect(await processInbox(world, [...bad, record(push(1))], FOREVER)).toEqual(bad.map(({ id }) => id));
  expect(frames()).toEqual(['us-east-1 e1: 1']);
});

describe('interest in a channel', () => {
  test('given no subscribers, and messages that could not be handed over, then the interest stays', async () => {
    const world = peeredWorld(US);
    const withdraw = jest.spyOn(world.interest, 'withdraw');
    world.interest.notes.set('chat:a', new Map([['eu-west-1', FOREVER]]));
    world.connections.beforeRead = () => {
      throw new Error('out');
    };
    world.jobs.fails = true;
    const batch = [record(push(1)), record(push(2))];
    expect(await processInbox(world, batch, FOREVER)).toEqual(batch.map(({ id }) => id));
    expect(withdraw).not.toHaveBeenCalled();
  });

  test.each([
    [[1, 1], 0],
    [[1, 2], 1],
    [[2, 1], 1],
  ])(
    'given a subscriber, and records received %j times, then the interest is written %d times',
    async (counts, writes) => {
      const world = peeredWorld(US);
      await subscribed(world);
      world.interest.notes.clear();
      const before = world.interest.writes.length;
      const batch = counts.map((count, i) => record(push(i + 1), count));
      await processInbox(world, batch, FOREVER);
      expect(world.interest.writes.length - before).toBe(writes);
    },
  );

  test('given records that are no push of messages, then they are received again', async () => {
    const world = peeredWorld(US);
    const batch = [
      record({ ...push(1), push: 'move' }),
      record({ ...push(1), channel: 7 }),
      record({ ...push(1), messages: [] }),
      record('{'),
    ];
    expect(await processInbox(world, batch, FOREVER)).toEqual(batch.map(({ id }) => id));
  });
});
