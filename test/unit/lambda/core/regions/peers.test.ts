import { dispatch } from '../../../../../lambda/core/dispatch';
import { writeBatch } from '../../../../../lambda/core/publish/fifo-batch';
import { POST_TIMEOUT } from '../../../../../lambda/core/fanout/post';
import { INTEREST_CACHE } from '../../../../../lambda/core/regions/peers';
import { PEER_FIELDS } from '../../../../../lib/monitoring/log-fields';
import { connect, HOUR } from '../../../../support/memory/memory';
import { peeredWorld, type PeeredWorld } from '../../../../support/memory/memory-regions';

const US = 'us-east-1';
const ASIA = 'ap-south-1';
const CHANNEL = 'chat:a';
const FOREVER = Number.MAX_SAFE_INTEGER;

async function publish(world: PeeredWorld, channel = CHANNEL): Promise<unknown> {
  const frame = { action: 'publish', id: 1, channel, messages: [{ id: 'm', data: 1 }] };
  const publisher = await connect(world, 'p');
  return dispatch(world, publisher, JSON.stringify(frame), FOREVER);
}

function interested(world: PeeredWorld, channel: string, regions: Readonly<Record<string, number>>): void {
  world.interest.notes.set(channel, new Map(Object.entries(regions)));
}

const sent = (world: PeeredWorld, region: string) => world.inboxes.get(region)?.sent ?? [];

test('when a message is published, then its push is sent to the interested regions only', async () => {
  const world = peeredWorld(US, ASIA);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR, [ASIA]: world.runtime.time });
  const subscriber = await connect(world, 's');
  await dispatch(world, subscriber, `{"action":"subscribe","id":1,"channel":"${CHANNEL}"}`, FOREVER);

  await publish(world);

  const [push] = world.transport.frames.get('s') ?? [];
  expect(sent(world, US)).toEqual([push]);
  expect(sent(world, ASIA)).toEqual([]);
});

test('given a FIFO namespace, then its writer sends the messages that it appends', async () => {
  const world = peeredWorld(US);
  interested(world, 'orders:1', { [US]: world.runtime.time + HOUR });
  await publish(world, 'orders:1');
  expect(sent(world, US)).toEqual([]);

  expect(await writeBatch(world, world.queue.records(), FOREVER)).toEqual([]);

  expect(sent(world, US)).toMatchObject([{ channel: 'orders:1', messages: [{ seq: 1, id: 'm' }] }]);
});

test.each(['chat:a', 'orders:1'])(
  'when a message is published to %s, then interest is read in parallel with the append',
  async (channel) => {
    const world = peeredWorld(US);
    interested(world, channel, { [US]: world.runtime.time + HOUR });
    const lookups: number[] = [];
    world.logs.beforeAppend = () => {
      lookups.push(world.interest.lookups);
    };
    await publish(world, channel);
    await writeBatch(world, world.queue.records(), FOREVER);
    expect([lookups, world.interest.lookups, sent(world, US).length]).toEqual([[1], 1, 1]);
  },
);

test('when an append takes longer than interest is cached, then interest is read again', async () => {
  const world = peeredWorld(US);
  world.logs.beforeAppend = () => {
    world.runtime.time += INTEREST_CACHE;
    interested(world, CHANNEL, { [US]: world.runtime.time + HOUR });
  };
  await publish(world);
  expect([world.interest.lookups, sent(world, US).length]).toEqual([2, 1]);
});

test('given several publishes within the cache time, then interest is read once', async () => {
  const world = peeredWorld(US);
  await publish(world);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR });
  await Promise.all([publish(world), publish(world)]);
  expect([world.interest.lookups, sent(world, US).length]).toEqual([1, 0]);

  world.runtime.time += INTEREST_CACHE;
  await publish(world);
  expect([world.interest.lookups, sent(world, US).length]).toEqual([2, 1]);
});

test('when interest can not be read, then every peer gets the push, and the failure is cached', async () => {
  const world = peeredWorld(US, ASIA);
  world.interest.isOut = true;
  await publish(world);
  await publish(world);
  expect([sent(world, US).length, sent(world, ASIA).length, world.interest.lookups]).toEqual([2, 2, 1]);
});

test('when a send fails fast, then it is retried once and the peer is not skipped', async () => {
  const world = peeredWorld(US);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR });
  const us = world.inboxes.get(US)!;
  us.resets = 1;
  await publish(world);
  expect([us.attempts, us.sent.length]).toEqual([2, 1]);

  // Nor when both attempts fail fast: they delay no publish.
  us.resets = 2;
  expect(await publish(world)).toHaveProperty('ok');
  await publish(world);
  expect([us.attempts, us.sent.length]).toEqual([5, 2]);
});

test('when a peer does not answer, then the publisher waits no longer than a post may take', async () => {
  const world = peeredWorld(US);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR });
  const us = world.inboxes.get(US)!;
  us.isOut = true;
  const begun = world.runtime.time;
  await publish(world);
  // No retry after a slow failure.
  expect(us.attempts).toBe(1);
  expect(world.runtime.time - begun).toBeLessThanOrEqual(POST_TIMEOUT);
});

test('when a peer does not answer, then the publish succeeds and the peer is skipped for five seconds', async () => {
  const world = peeredWorld(US, ASIA);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR, [ASIA]: world.runtime.time + HOUR });
  const [us, asia] = [world.inboxes.get(US)!, world.inboxes.get(ASIA)!];
  us.isOut = true;

  expect(await publish(world)).toMatchObject({ ok: { seqs: [1] } });
  us.isOut = false;
  await publish(world);
  expect([us.attempts, asia.sent.length]).toEqual([1, 2]);

  world.runtime.time += 5_000;
  await publish(world);
  expect([us.sent.length, asia.sent.length]).toEqual([1, 3]);
});

test('when a send fails, then its log line has the field that the metric filter of peers reads', async () => {
  const world = peeredWorld(US, ASIA);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR, [ASIA]: world.runtime.time + HOUR });
  world.inboxes.get(US)!.isOut = true;
  await publish(world);
  const lines = world.logger.lines.filter(({ message }) => message === 'a peer could not be reached');
  expect(lines).toMatchObject([{ fields: { region: US } }]);
  // The metric filter sums the field.
  for (const field of Object.values(PEER_FIELDS)) expect(lines[0]?.fields?.[field]).toBe(1);
});

test('when every peer is skipped, or the deadline has passed, then interest is not read', async () => {
  const world = peeredWorld(US);
  world.interest.isOut = true;
  world.inboxes.get(US)!.isOut = true;
  await publish(world);
  world.runtime.time += INTEREST_CACHE;
  await publish(world);
  expect(world.interest.lookups).toBe(1);

  const late = peeredWorld(US);
  const push = { push: 'messages', channel: CHANNEL, origin: 'eu-west-1', epoch: 'e', messages: [] } as const;
  await late.peers.send(push, late.runtime.time);
  expect(late.interest.lookups).toBe(0);
});
