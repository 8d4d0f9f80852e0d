// The queue of fan-out jobs refuses: throttled requests are repeated once, other failures are not.
import { fanOut, type FanoutResult, WorkerChannels } from '../../../../../lambda/core/fanout/fanout';
import { type ErrorName, type MessagesPush, RealtimeError } from '../../../../../protocol';
import { dispatch } from '../../../../../lambda/core/dispatch';
import { connect, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'chat:a';
const NEVER = Number.MAX_SAFE_INTEGER;
const push: MessagesPush = {
  push: 'messages',
  channel: CHANNEL,
  origin: 'eu-west-1',
  epoch: '0mock0001',
  messages: [{ seq: 1, id: 'm', ts: 1, from: 'ada', data: 1, enc: 'json' }],
};

/** Three subscribers of a channel that is left to workers. The queue answers with the errors, one after another. */
async function worldWith(...errors: Error[]): Promise<{ world: MemoryWorld; sends: () => number }> {
  const world = memoryWorld();
  for (const id of ['c0', 'c1', 'c2']) {
    const frame = `{"action":"subscribe","id":1,"channel":"${CHANNEL}"}`;
    await dispatch(world, await connect(world, id), frame, NEVER);
  }
  world.workerChannels.add(CHANNEL, world.runtime.now());
  let sends = 0;
  world.jobs.send = () => {
    sends += 1;
    const error = errors.shift();
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  };
  return { world, sends: () => sends };
}

const run = (world: MemoryWorld, deadline = NEVER): Promise<FanoutResult> => fanOut(world, push, deadline);
const errorsOf = (world: MemoryWorld): readonly string[] =>
  world.logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message);

test('given a queue that throttles once, then the job is sent again after a random wait, and nothing is posted', async () => {
  const { world, sends } = await worldWith(new RealtimeError('throttled'));
  expect(await run(world)).toEqual({ hasSubscribers: true, isComplete: true });
  expect([sends(), world.runtime.sleeps, world.transport.attempts]).toEqual([2, [150], 0]);
  expect(errorsOf(world)).toEqual([]);
});

test('given a queue that throttles twice, then this function posts to the subscribers', async () => {
  const { world, sends } = await worldWith(new RealtimeError('throttled'), new RealtimeError('throttled'));
  expect(await run(world)).toEqual({ hasSubscribers: true, isComplete: true });
  expect([sends(), world.transport.attempts]).toEqual([2, 3]);
  expect(errorsOf(world)).toEqual(['a fan-out job could not be sent: this function posts to all shards']);
});

test.each([
  ['a fault', new Error('down')],
  ['another error of the catalog', new RealtimeError('store_unavailable' satisfies ErrorName)],
])(
  'given a queue that fails with %s, then the job is not sent again, and this function posts to the subscribers',
  async (_, error) => {
    const { world, sends } = await worldWith(error);
    expect(await run(world)).toEqual({ hasSubscribers: true, isComplete: true });
    expect([sends(), world.runtime.sleeps, world.transport.attempts]).toEqual([1, [], 3]);
  },
);

test('given a queue that fails, when the deadline passes between two pages, then the rest is left to workers', async () => {
  const { world, sends } = await worldWith(new Error('down'));
  world.connections.pageSize = 1;
  const deadline = world.runtime.now() + 1_000;
  world.transport.outcomes.set('c0', () => {
    world.runtime.time = deadline;
    return 'delivered';
  });
  expect(await run(world, deadline)).toEqual({ hasSubscribers: true, isComplete: true });
  expect([sends(), world.transport.attempts]).toEqual([2, 1]);
  expect(world.logger.lines.find(({ message }) => message === 'fanned out')?.fields).toMatchObject({
    delivered: 1,
    late: 1,
  });
});

test('given a queue that fails and subscribers that can not be read, then both are logged, and workers get the push', async () => {
  const { world, sends } = await worldWith(new Error('down'));
  world.connections.beforeRead = () => {
    throw new Error('out');
  };
  expect(await run(world)).toEqual({ hasSubscribers: true, isComplete: true });
  expect(sends()).toBe(2);
  expect(errorsOf(world)).toEqual([
    'a fan-out job could not be sent: this function posts to all shards',
    'subscribers could not be read',
  ]);
});

test('when the deadline has passed, then the job is sent without reading, and one late post is counted', async () => {
  const { world, sends } = await worldWith();
  expect(await run(world, world.runtime.now())).toEqual({ hasSubscribers: true, isComplete: true });
  expect([sends(), world.transport.attempts]).toEqual([1, 0]);
  expect(world.logger.lines.find(({ message }) => message === 'fanned out')?.fields).toMatchObject({ late: 1 });
});

test('given neither workers nor time, then the fan-out is not complete', async () => {
  const { world } = await worldWith(new Error('down'), new Error('down'));
  const { isComplete } = await run(world, world.runtime.now());
  expect(isComplete).toBe(false);
});

describe('WorkerChannels', () => {
  test('when a channel is added, then it stays for ten seconds', () => {
    const channels = new WorkerChannels();
    channels.add('a', 1_000);
    expect([channels.has('a', 10_999), channels.has('a', 11_000), channels.has('b', 1_000)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
