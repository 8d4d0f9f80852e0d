import {
  bearerOf,
  DEFAULT_SENDER,
  type DirectRequest,
  publishDirect,
  publishHttp,
} from '../../../../../lambda/core/publish/http-publish';
import type { PublishOk } from '../../../../../protocol';
import { memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'chat:a';
const DEADLINE = Number.MAX_SAFE_INTEGER;
const identity = { clientId: 'ada', expires: 9e9, capabilities: { 'chat:*': ['publish'] } } as const;
const error = (name: string) => expect.objectContaining({ error: name });

const storedSenders = (world: MemoryWorld): readonly string[] =>
  [...world.logs.entries.values()].flat().flatMap(({ from, messages }) => messages.map(() => from));

describe('bearerOf', () => {
  test.each([
    ['Bearer abc.def', 'abc.def'],
    ['bearer   abc', 'abc'],
  ])('given %p, then the token is read', (header, token) => {
    expect(bearerOf(header)).toBe(token);
  });

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'x Bearer a'])(
    'given %p, then the token is missing',
    (header) => {
      expect(() => bearerOf(header)).toThrow(error('token_missing'));
    },
  );
});

describe('publishHttp', () => {
  const send = (body: string | undefined, idempotencyKey?: string, world = memoryWorld()): Promise<PublishOk> =>
    publishHttp(world, identity, { channel: CHANNEL, body, idempotencyKey }, DEADLINE);

  test('given a body with messages, then they are stored with the client id of the token', async () => {
    const world = memoryWorld();
    expect(await send('{"messages":[{"data":1},{"data":2}]}', undefined, world)).toMatchObject({ seqs: [1, 2] });
    expect(storedSenders(world)).toEqual(['ada', 'ada']);
  });

  test.each([
    ['no body', undefined],
    ['no JSON', '{'],
    ['an array', '[{"data":1}]'],
    ['null', 'null'],
    ['a text', '"messages"'],
    ['a number', '7'],
  ])('given %s, then the body is malformed', async (_, body) => {
    await expect(send(body)).rejects.toEqual(error('body_malformed'));
  });

  test('given a text that is no JSON, then the error has the cause', async () => {
    await expect(send('{')).rejects.toMatchObject({ cause: expect.any(Error) });
  });

  test('given the same key twice, then the messages are stored once', async () => {
    const world = memoryWorld();
    const body = '{"messages":[{"data":1}]}';
    const first = await send(body, 'key', world);
    expect(await send(body, 'key', world)).toEqual(first);
    expect(storedSenders(world)).toHaveLength(1);
  });

  test('given no key, then the messages are stored each time', async () => {
    const world = memoryWorld();
    const body = '{"messages":[{"data":1}]}';
    await send(body, undefined, world);
    await send(body, undefined, world);
    expect(storedSenders(world)).toHaveLength(2);
  });

  test('given a channel that the token does not allow, then nothing is stored', async () => {
    const world = memoryWorld();
    const other = { ...identity, capabilities: { 'chat:b': ['publish'] } } as const;
    const request = { channel: CHANNEL, body: '{"messages":[{"data":1}]}', idempotencyKey: undefined };
    await expect(publishHttp(world, other, request, DEADLINE)).rejects.toEqual(error('capability_missing'));
    expect(storedSenders(world)).toEqual([]);
  });
});

describe('publishDirect', () => {
  const send = (request: DirectRequest, world = memoryWorld()): Promise<PublishOk> =>
    publishDirect(world, { channel: CHANNEL, messages: [{ data: 1 }], ...request }, DEADLINE);

  test.each([
    [{}, DEFAULT_SENDER],
    [{ from: 'x' }, 'x'],
    [{ from: 'x'.repeat(128) }, 'x'.repeat(128)],
  ])('given %j, then the sender is %s', async (request, sender) => {
    const world = memoryWorld();
    await send(request, world);
    expect(storedSenders(world)).toEqual([sender]);
  });

  test.each(['', 'x'.repeat(129), 7, null, ['x']])('given the sender %j, then the request is refused', async (from) => {
    await expect(send({ from })).rejects.toEqual(error('field_invalid'));
  });

  test('given an unknown namespace, then the request is refused', async () => {
    await expect(send({ channel: 'nope:a' })).rejects.toEqual(error('namespace_unknown'));
  });

  test('given a key that is no text, then the request is refused', async () => {
    await expect(send({ idempotencyKey: 7 })).rejects.toEqual(error('idempotency_key_invalid'));
  });
});
