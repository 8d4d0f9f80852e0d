import { answer } from '../../../../../lambda/core/dispatch';
import { writeBatch } from '../../../../../lambda/core/publish/fifo-batch';
import { POST_TIMEOUT } from '../../../../../lambda/core/fanout/post';
import { INTEREST_MEMORY } from '../../../../../lambda/core/regions/peers';
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
  return answer(world, publisher, JSON.stringify(frame), FOREVER);
}

function interested(world: PeeredWorld, channel: string, regions: Readonly<Record<string, number>>): void {
  world.interest.notes.set(channel, new Map(Object.entries(regions)));
}

const sent = (world: PeeredWorld, region: string) => world.inboxes.get(region)?.sent ?? [];

test('what is published goes, as it is pushed, to the regions that are interested, and no others', async () => {
  const world = peeredWorld(US, ASIA);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR, [ASIA]: world.runtime.time });
  const subscriber = await connect(world, 's');
  await answer(world, subscriber, `{"action":"subscribe","id":1,"channel":"${CHANNEL}"}`, FOREVER);

  await publish(world);

  const [push] = world.poster.frames.get('s') ?? [];
  expect(sent(world, US)).toEqual([push]);
  expect(sent(world, ASIA)).toEqual([]);
});

test('an ordered namespace sends what its writer appends', async () => {
  const world = peeredWorld(US);
  interested(world, 'orders:1', { [US]: world.runtime.time + HOUR });
  await publish(world, 'orders:1');
  expect(sent(world, US)).toEqual([]);

  expect(await writeBatch(world, world.queue.records(), FOREVER)).toEqual([]);

  expect(sent(world, US)).toMatchObject([{ channel: 'orders:1', messages: [{ seq: 1, id: 'm' }] }]);
});

test.each(['chat:a', 'orders:1'])('interest in %s is looked up beside the append, not after it', async (channel) => {
  const world = peeredWorld(US);
  interested(world, channel, { [US]: world.runtime.time + HOUR });
  const lookups: number[] = [];
  world.logs.beforeAppend = () => {
    lookups.push(world.interest.lookups);
  };
  await publish(world, channel);
  await writeBatch(world, world.queue.records(), FOREVER);
  expect([lookups, world.interest.lookups, sent(world, US).length]).toEqual([[1], 1, 1]);
});

test('what was looked up is too old when the append took longer than it is remembered', async () => {
  const world = peeredWorld(US);
  world.logs.beforeAppend = () => {
    world.runtime.time += INTEREST_MEMORY;
    interested(world, CHANNEL, { [US]: world.runtime.time + HOUR });
  };
  await publish(world);
  expect([world.interest.lookups, sent(world, US).length]).toEqual([2, 1]);
});

test('interest is looked up once for a while', async () => {
  const world = peeredWorld(US);
  await publish(world);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR });
  await Promise.all([publish(world), publish(world)]);
  expect([world.interest.lookups, sent(world, US).length]).toEqual([1, 0]);

  world.runtime.time += INTEREST_MEMORY;
  await publish(world);
  expect([world.interest.lookups, sent(world, US).length]).toEqual([2, 1]);
});

test('when interest can not be read, every peer is told, and it is looked up again after a while only', async () => {
  const world = peeredWorld(US, ASIA);
  world.interest.isOut = true;
  await publish(world);
  await publish(world);
  expect([sent(world, US).length, sent(world, ASIA).length, world.interest.lookups]).toEqual([2, 2, 1]);
});

test('a send whose connection had been closed is made again at once, and the peer is not left alone', async () => {
  const world = peeredWorld(US);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR });
  const us = world.inboxes.get(US)!;
  us.resets = 1;
  await publish(world);
  expect([us.attempts, us.sent.length]).toEqual([2, 1]);

  // Nor when it fails twice: it holds nobody up.
  us.resets = 2;
  expect(await publish(world)).toHaveProperty('ok');
  await publish(world);
  expect([us.attempts, us.sent.length]).toEqual([5, 2]);
});

test('whatever a peer does, its answer is waited for no longer than that of a post', async () => {
  const world = peeredWorld(US);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR });
  const us = world.inboxes.get(US)!;
  us.isOut = true;
  const begun = world.runtime.time;
  await publish(world);
  // Once: it was no failure at once.
  expect(us.attempts).toBe(1);
  expect(world.runtime.time - begun).toBeLessThanOrEqual(POST_TIMEOUT);
});

test('a peer that does not answer fails no publish, and is left alone for five seconds', async () => {
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

test('the line of a failed send has what the alarm on it is counted from', async () => {
  const world = peeredWorld(US, ASIA);
  interested(world, CHANNEL, { [US]: world.runtime.time + HOUR, [ASIA]: world.runtime.time + HOUR });
  world.inboxes.get(US)!.isOut = true;
  await publish(world);
  const lines = world.logger.lines.filter(({ message }) => message === 'a peer could not be reached');
  expect(lines).toMatchObject([{ fields: { region: US } }]);
  // One for each: the field is summed.
  for (const field of Object.values(PEER_FIELDS)) expect(lines[0]?.fields?.[field]).toBe(1);
});

test('nothing is looked up when every peer is left alone, and nothing begun after the deadline', async () => {
  const world = peeredWorld(US);
  world.interest.isOut = true;
  world.inboxes.get(US)!.isOut = true;
  await publish(world);
  world.runtime.time += INTEREST_MEMORY;
  await publish(world);
  expect(world.interest.lookups).toBe(1);

  const late = peeredWorld(US);
  const push = { push: 'messages', channel: CHANNEL, origin: 'eu-west-1', epoch: 'e', messages: [] } as const;
  await late.peers.send(push, late.runtime.time);
  expect(late.interest.lookups).toBe(0);
});
