// How far back a cursor reaches, with and without the right to history. docs/decisions/0019
import { readNamespaces, settingsOf } from '../../../../../lambda/core/auth/namespaces';
import { dispatch, type Caller } from '../../../../../lambda/core/dispatch';
import type { CapabilityAction } from '../../../../../protocol';
import { connect, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'chat:private1';
const MINUTE = 60_000;

async function ask(world: MemoryWorld, caller: Caller, request: object): Promise<any> {
  return dispatch(world, caller, JSON.stringify({ id: 1, ...request }), Number.MAX_SAFE_INTEGER);
}

/** A channel with a message a minute, the minute as data. */
async function channelOf(count: number) {
  const world = memoryWorld();
  const writer = await connect(world, 'writer');
  const publish = async (data: number): Promise<void> => {
    await ask(world, writer, { action: 'publish', channel: CHANNEL, messages: [{ data }] });
    world.runtime.time += MINUTE;
  };
  for (let minute = 0; minute < count; minute++) await publish(minute);
  const reader = async (...actions: CapabilityAction[]): Promise<Caller> =>
    connect(world, 'reader', { [CHANNEL]: actions });
  return { world, reader, publish };
}

/** Follows the answers of a request with a cursor until there is no more. */
async function read(world: MemoryWorld, caller: Caller, action: 'subscribe' | 'sync', cursor = '1') {
  const [data, verdicts]: [number[], string[]] = [[], []];
  for (let at: string | undefined = cursor; at !== undefined; ) {
    const request: object =
      action === 'sync' ? { action, channels: { [CHANNEL]: at } } : { action, channel: CHANNEL, cursor: at };
    const { ok } = await ask(world, caller, request);
    const answer = action === 'sync' ? ok.channels[CHANNEL] : ok;
    verdicts.push(answer.verdict);
    data.push(...answer.messages.map((message: { data: number }) => message.data));
    cursor = answer.cursor;
    at = answer.more === true ? cursor : undefined;
  }
  return { data, verdicts, cursor };
}

describe.each(['subscribe', 'sync'] as const)('%s with a cursor that has seen nothing', (action) => {
  test('given only the right to subscribe, then it brings the messages of the resume window', async () => {
    const { world, reader } = await channelOf(50);
    const { data, verdicts, cursor } = await read(world, await reader('subscribe'), action);
    expect(data).toEqual([48, 49]);
    expect(verdicts[0]).toBe('expired');
    expect((await read(world, await reader('subscribe'), action, cursor)).verdicts).toEqual(['complete']);
  });

  test('given no message in the window, then one verdict is expired, the cursor moves, and the next is complete', async () => {
    const { world, reader } = await channelOf(50);
    world.runtime.time += 3 * MINUTE;
    const caller = await reader('subscribe');
    const first = await read(world, caller, action);
    expect(first).toMatchObject({ data: [], verdicts: ['expired', 'complete'] });
    expect(await read(world, caller, action, first.cursor)).toMatchObject({ data: [], verdicts: ['complete'] });
  });

  test('given the right to history too, then it brings all', async () => {
    const { world, reader } = await channelOf(50);
    const { data, verdicts } = await read(world, await reader('subscribe', 'history'), action);
    expect(data).toEqual(Array.from({ length: 50 }, (_, minute) => minute));
    expect(new Set(verdicts)).toEqual(new Set(['complete']));
  });

  test('given more expired messages than a page, then the cursor skips them at once', async () => {
    const { world, reader } = await channelOf(250);
    const { verdicts } = await read(world, await reader('subscribe'), action);
    expect(verdicts.length).toBeLessThanOrEqual(2);
  });

  test('given a connection that lasts longer than the window, then messages since it began stay readable', async () => {
    const { world, reader, publish } = await channelOf(5);
    const caller = await reader('subscribe');
    const { cursor } = await read(world, caller, action);
    for (let minute = 5; minute < 35; minute++) await publish(minute);
    const { data, verdicts } = await read(world, caller, action, cursor);
    expect(data).toEqual(Array.from({ length: 30 }, (_, i) => i + 5));
    expect(verdicts).not.toContain('expired');
  });
});

test('given only the right to subscribe, when a client rewinds, then it is refused', async () => {
  const { world, reader } = await channelOf(3);
  const request = { action: 'subscribe', channel: CHANNEL, rewind: { last: 3 } };
  const { error } = await ask(world, await reader('subscribe'), request);
  expect(error.name).toBe('capability_missing');
});

describe('the resume window of a namespace', () => {
  const window = (settings: object): number =>
    settingsOf(readNamespaces(JSON.stringify({ chat: { kind: 'durable', retention: 60, ...settings } })), CHANNEL)
      .resumeWindow;

  test('given none, then it is two minutes', () => {
    expect(window({})).toBe(2 * MINUTE);
  });

  test('given one in seconds, then it is that', () => {
    expect(window({ resumeWindow: 600 })).toBe(10 * MINUTE);
  });

  test.each([0, -1, 'x'])('given %p, then reading the variable throws', (resumeWindow) => {
    expect(() => window({ resumeWindow })).toThrow('NAMESPACES: the settings of chat are invalid');
  });
});
