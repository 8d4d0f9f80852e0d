import { answer } from '../../../../../lambda/core/dispatch';
import { MAX_CONNECTION_LIFE } from '../../../../../lambda/core/connections/connection-lifetime';
import { INTEREST_LIFE, noteInterest, SYNC_IN, withdrawInterest } from '../../../../../lambda/core/regions/interest';
import { RealtimeError } from '../../../../../protocol';
import { connect, memoryWorld } from '../../../../support/memory/memory';
import { peeredWorld, type PeeredWorld } from '../../../../support/memory/memory-regions';

const US = 'us-east-1';
const CHANNEL = 'chat:a';
const SUBSCRIBE = `{"action":"subscribe","id":1,"channel":"${CHANNEL}"}`;

async function subscribe(world: PeeredWorld, id: string): Promise<any> {
  const reply = await answer(world, await connect(world, id), SUBSCRIBE, Number.MAX_SAFE_INTEGER);
  return 'ok' in reply ? reply.ok : reply;
}

describe('subscribing', () => {
  test('notes interest for twice as long as a connection can last, and says when to ask again', async () => {
    const world = peeredWorld(US);
    expect(await subscribe(world, 'ada')).toMatchObject({ region: 'eu-west-1', syncIn: SYNC_IN });
    expect(world.interest.notes.get(CHANNEL)?.get('eu-west-1')).toBe(world.runtime.time + 2 * MAX_CONNECTION_LIFE);
  });

  test('where the note stands already, nothing is written, and nothing has to be asked again', async () => {
    const world = peeredWorld(US);
    await subscribe(world, 'ada');
    expect(await subscribe(world, 'bob')).not.toHaveProperty('syncIn');
    expect(world.interest.writes).toHaveLength(1);
  });

  test('a note that ends before the subscription does is written anew; the others know already', async () => {
    const world = peeredWorld(US);
    await subscribe(world, 'ada');
    world.runtime.time += INTEREST_LIFE - MAX_CONNECTION_LIFE + 1_000;
    expect(await subscribe(world, 'bob')).not.toHaveProperty('syncIn');
    expect(world.interest.writes).toHaveLength(2);
    expect(world.interest.notes.get(CHANNEL)?.get('eu-west-1')).toBe(world.runtime.time + INTEREST_LIFE);
  });

  test('a note that has ended, or ends before a new one is everywhere, is news', async () => {
    for (const left of [-1, SYNC_IN - 1]) {
      const world = peeredWorld(US);
      await world.interest.note(CHANNEL, world.runtime.time + left);
      expect(await subscribe(world, 'ada')).toMatchObject({ syncIn: SYNC_IN });
    }
  });

  test.each(['noted', 'note'] as const)(
    'succeeds when the table of notes does not (%s): the log has everything, and is to be asked soon',
    async (call) => {
      const world = peeredWorld(US);
      jest.spyOn(world.interest, call).mockRejectedValue(new RealtimeError('throttled'));
      expect(await subscribe(world, 'ada')).toMatchObject({ verdict: 'complete', syncIn: SYNC_IN });
      expect(world.connections.rows.get(CHANNEL)?.size).toBe(1);
      expect(world.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    },
  );

  test('without other regions there is nothing to note', async () => {
    const world = memoryWorld();
    const reply = await answer(world, await connect(world, 'ada'), SUBSCRIBE, Number.MAX_SAFE_INTEGER);
    expect(reply).toMatchObject({ ok: { region: 'eu-west-1' } });
    expect(reply).not.toHaveProperty('ok.syncIn');
  });
});

describe('taking back', () => {
  test('removes the note of a channel without subscribers, once', async () => {
    const world = peeredWorld(US);
    await world.interest.note(CHANNEL, world.runtime.time + INTEREST_LIFE);
    await withdrawInterest(world, CHANNEL);
    await withdrawInterest(world, CHANNEL);
    expect(world.interest.notes.get(CHANNEL)?.size).toBe(0);
    expect(world.interest.writes).toEqual([`note ${CHANNEL}`, `withdraw ${CHANNEL}`]);
  });

  test('whoever came meanwhile, and found the note, is noted again: as another note than the one that was taken back', async () => {
    const world = peeredWorld(US);
    const noted = world.runtime.time + INTEREST_LIFE;
    await world.interest.note(CHANNEL, noted);
    let ok: any;
    world.interest.beforeWithdraw = async () => {
      ok = await subscribe(world, 'ada');
    };
    await withdrawInterest(world, CHANNEL);
    expect(ok).not.toHaveProperty('syncIn');
    expect(world.interest.notes.get(CHANNEL)?.get('eu-west-1')).toBe(noted + 1_000);
    // The request to take it back, carried out once more, finds another.
    world.interest.beforeWithdraw = () => undefined;
    await world.interest.withdraw(CHANNEL, noted);
    expect(world.interest.notes.get(CHANNEL)?.size).toBe(1);
  });

  test('leaves what was noted anew meanwhile', async () => {
    const world = peeredWorld(US);
    await world.interest.note(CHANNEL, world.runtime.time - 1);
    world.interest.beforeWithdraw = async () => {
      await noteInterest(world, CHANNEL, { expiresAt: world.runtime.time + 1 });
    };
    await withdrawInterest(world, CHANNEL);
    expect(world.interest.notes.get(CHANNEL)?.get('eu-west-1')).toBe(world.runtime.time + INTEREST_LIFE);
  });

  test('subscribers whose time is over count for nothing', async () => {
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
