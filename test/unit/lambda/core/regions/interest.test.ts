import { dispatch } from '../../../../../lambda/core/dispatch';
import { API_GATEWAY_LIMITS } from '../../../../../lambda/adapters/api-gateway/limits';
import { INTEREST_CACHE } from '../../../../../lambda/core/regions/peers';
import { interestLife, noteInterest, SYNC_IN, withdrawInterest } from '../../../../../lambda/core/regions/interest';
import { RealtimeError } from '../../../../../protocol';
import { connect, memoryWorld } from '../../../../support/memory/memory';
import { peeredWorld, type PeeredWorld } from '../../../../support/memory/memory-regions';

const { maxConnectionLife } = API_GATEWAY_LIMITS;
const INTEREST_LIFE = interestLife(API_GATEWAY_LIMITS);
const US = 'us-east-1';
const CHANNEL = 'chat:a';
const SUBSCRIBE = `{"action":"subscribe","id":1,"channel":"${CHANNEL}"}`;

async function subscribe(world: PeeredWorld, id: string): Promise<any> {
  const reply = await dispatch(world, await connect(world, id), SUBSCRIBE, Number.MAX_SAFE_INTEGER);
  return 'ok' in reply ? reply.ok : reply;
}

describe('noteInterest, on subscribe', () => {
  test('given a new channel, then interest is stored for twice the connection life and the reply has syncIn', async () => {
    const world = peeredWorld(US);
    expect(await subscribe(world, 'ada')).toMatchObject({ region: 'eu-west-1', syncIn: SYNC_IN });
    expect(world.interest.notes.get(CHANNEL)?.get('eu-west-1')).toBe(world.runtime.time + 2 * maxConnectionLife);
  });

  test('given stored interest, then nothing is written, and the reply has syncIn: the publishers may not know it yet', async () => {
    const world = peeredWorld(US);
    await subscribe(world, 'ada');
    expect(await subscribe(world, 'bob')).toMatchObject({ syncIn: SYNC_IN });
    expect(world.interest.writes).toHaveLength(1);
  });

  test('given interest that ends before the subscription, then it is written again', async () => {
    const world = peeredWorld(US);
    await subscribe(world, 'ada');
    world.runtime.time += INTEREST_LIFE - maxConnectionLife + 1_000;
    await subscribe(world, 'bob');
    expect(world.interest.writes).toHaveLength(2);
    expect(world.interest.notes.get(CHANNEL)?.get('eu-west-1')).toBe(world.runtime.time + INTEREST_LIFE);
  });

  test.each(['noted', 'note'] as const)(
    'when the interest table fails (%s), then subscribing succeeds, and the client is told to renew it',
    async (call) => {
      const world = peeredWorld(US);
      const failing = jest.spyOn(world.interest, call).mockRejectedValue(new RealtimeError('throttled'));
      expect(await subscribe(world, 'ada')).toMatchObject({ verdict: 'complete', syncIn: SYNC_IN, renew: true });
      expect(world.connections.rows.get(CHANNEL)?.size).toBe(1);
      expect(world.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
      failing.mockRestore();
      expect((await subscribe(world, 'ada')).renew).toBeUndefined();
      expect(world.interest.notes.get(CHANNEL)?.size).toBe(1);
    },
  );

  test('given no other regions, then no interest is stored', async () => {
    const world = memoryWorld();
    const reply = await dispatch(world, await connect(world, 'ada'), SUBSCRIBE, Number.MAX_SAFE_INTEGER);
    expect(JSON.parse(JSON.stringify(reply)).ok).toMatchObject({ region: 'eu-west-1' });
    expect(JSON.stringify(reply)).not.toContain('syncIn');
  });
});

describe('withdrawInterest', () => {
  test('given a channel without subscribers, then its interest is deleted once', async () => {
    const world = peeredWorld(US);
    await world.interest.note(CHANNEL, world.runtime.time + INTEREST_LIFE);
    await withdrawInterest(world, CHANNEL);
    await withdrawInterest(world, CHANNEL);
    expect(world.interest.notes.get(CHANNEL)?.size).toBe(0);
    expect(world.interest.writes).toEqual([`note ${CHANNEL}`, `withdraw ${CHANNEL}`]);
  });

  test('when a client subscribes before the delete, then interest is stored again, with another end', async () => {
    const world = peeredWorld(US);
    const noted = world.runtime.time + INTEREST_LIFE;
    await world.interest.note(CHANNEL, noted);
    let ok: any;
    world.interest.beforeWithdraw = async () => {
      ok = await subscribe(world, 'ada');
    };
    await withdrawInterest(world, CHANNEL);
    expect(ok).toMatchObject({ verdict: 'complete' });
    expect(world.interest.notes.get(CHANNEL)?.get('eu-west-1')).toBe(noted + 1_000);
    // A retry of the delete does not match the new end.
    world.interest.beforeWithdraw = () => undefined;
    await world.interest.withdraw(CHANNEL, noted);
    expect(world.interest.notes.get(CHANNEL)?.size).toBe(1);
  });

  test('when interest is renewed before the delete, then it stays', async () => {
    const world = peeredWorld(US);
    await world.interest.note(CHANNEL, world.runtime.time - 1);
    world.interest.beforeWithdraw = async () => {
      await noteInterest(world, CHANNEL, { expiresAt: world.runtime.time + 1 });
    };
    await withdrawInterest(world, CHANNEL);
    expect(world.interest.notes.get(CHANNEL)?.get('eu-west-1')).toBe(world.runtime.time + INTEREST_LIFE);
  });

  test('given expired subscribers only, then interest is deleted', async () => {
    const world = peeredWorld(US);
    await world.connections.addSubscriber(
      { channel: CHANNEL, shard: 0 },
      { id: 'c', connectedAt: 0, expiresAt: world.runtime.time },
    );
    await world.interest.note(CHANNEL, world.runtime.time + 1);
    await withdrawInterest(world, CHANNEL);
    expect(world.interest.notes.get(CHANNEL)?.size).toBe(0);
  });
});

describe('times of interest', () => {
  const stored = (world: PeeredWorld) => world.interest.notes.get(CHANNEL)?.get('eu-west-1');

  test('then a new subscriber syncs after the note, the caches of publishers, and the last message have passed', () => {
    expect(SYNC_IN).toBe(1_000 + INTEREST_CACHE + 1_000);
  });

  test.each([
    [0, 1],
    [1, 2],
  ])('given interest that lasts %d ms less than a subscription, then it was written %d times', async (less, writes) => {
    const world = peeredWorld(US);
    await noteInterest(world, CHANNEL, { expiresAt: 0 });
    await noteInterest(world, CHANNEL, { expiresAt: stored(world)! + less });
    expect(world.interest.writes).toHaveLength(writes);
  });

  test('given a subscriber that came while the interest was deleted, then it is stored again, with another end', async () => {
    for (const later of [0, 60_000]) {
      const world = peeredWorld(US);
      await subscribe(world, 'ada');
      const before = stored(world)!;
      world.runtime.time += later;
      await withdrawInterest(world, CHANNEL);
      expect(stored(world)).toBe(before + Math.max(1_000, later));
    }
  });
});
