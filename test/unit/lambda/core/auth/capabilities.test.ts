import fc from 'fast-check';
import {
  allows,
  authorize,
  covers,
  MAX_CAPABILITY_BYTES,
  readClaims,
} from '../../../../../lambda/core/auth/capabilities';
import { readNamespaces, settingsOf } from '../../../../../lambda/core/auth/namespaces';
import type { Capabilities } from '../../../../../protocol';

const namespaces = readNamespaces('{"chat":{"kind":"durable","retention":60}}');
const identity = (capabilities: Capabilities, expires = 2_000) => ({ clientId: 'ada', expires, capabilities });

describe('covers', () => {
  test.each([
    ['*', 'chat:room.1', true],
    ['chat:*', 'chat:room.1', true],
    ['chat:*', 'chatter:room', false],
    ['chat:room.*', 'chat:room.1', true],
    ['chat:room.*', 'chat:room.1.2', true],
    ['chat:room.*', 'chat:room', false],
    ['chat:room.*', 'chat:rooms.1', false],
    ['chat:room', 'chat:room', true],
    ['chat:room', 'chat:room.1', false],
  ])('%s covers %s: %s', (pattern, channel, expected) => {
    expect(covers(pattern, channel)).toBe(expected);
  });
});

describe('authorize', () => {
  test('given no capabilities, then every action is denied', () => {
    expect(() =>
      authorize({ identity: identity({}), action: 'publish', channel: 'chat:a', namespaces, now: 0 }),
    ).toThrow(expect.objectContaining({ error: 'capability_missing' }));
  });

  test('given several patterns, then an action is allowed only where its pattern lists it', () => {
    const caps: Capabilities = { 'chat:a': ['subscribe'], 'chat:b': ['publish'] };
    expect(allows(caps, 'subscribe', 'chat:a')).toBe(true);
    expect(allows(caps, 'publish', 'chat:a')).toBe(false);
    expect(allows(caps, 'subscribe', 'chat:b')).toBe(false);
  });

  test('when a token expires, then every action is denied from that second on', () => {
    const all: Capabilities = { '*': ['publish'] };
    expect(() =>
      authorize({ identity: identity(all, 10), action: 'publish', channel: 'chat:a', namespaces, now: 9_999 }),
    ).not.toThrow();
    expect(() =>
      authorize({ identity: identity(all, 10), action: 'publish', channel: 'chat:a', namespaces, now: 10_000 }),
    ).toThrow(expect.objectContaining({ error: 'token_expired', retry: 'renew' }));
  });

  test('given an unknown namespace, then the error differs from that of a missing capability', () => {
    expect(() =>
      authorize({ identity: identity({ '*': ['publish'] }), action: 'publish', channel: 'nope:a', namespaces, now: 0 }),
    ).toThrow(expect.objectContaining({ error: 'namespace_unknown' }));
  });

  test('given any pattern, then it never covers another namespace (property)', () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    fc.assert(
      fc.property(word, word, word, (a, b, room) => {
        fc.pre(a !== b);
        return !covers(`${a}:*`, `${b}:${room}`) && !covers(`${a}:${room}.*`, `${b}:${room}.1`);
      }),
    );
  });
});

describe('readClaims', () => {
  const good = { sub: 'ada', exp: 1_000, cap: { 'chat:*': ['publish'] } };

  test('given valid claims, then they become an identity', () => {
    expect(readClaims(good)).toEqual({ clientId: 'ada', expires: 1_000, capabilities: good.cap });
  });

  test.each([
    ['sub', { ...good, sub: '' }],
    ['sub', { ...good, sub: 'a"b' }],
    ['sub', { ...good, sub: 'ü' }],
    ['sub', { ...good, sub: 7 }],
    ['sub', { ...good, sub: 'ada\n' }],
    ['exp', { ...good, exp: '1000' }],
    ['exp', { ...good, exp: 1_000.5 }],
    ['exp', { ...good, exp: Number.NaN }],
    ['cap', { ...good, cap: undefined }],
    ['cap', { ...good, cap: null }],
    ['cap', { ...good, cap: [] }],
    ['pattern', { ...good, cap: { 'chat*': ['publish'] } }],
    ['pattern', { ...good, cap: { 'chat:a*': ['publish'] } }],
    ['actions', { ...good, cap: { 'chat:*': ['everything'] } }],
    ['actions', { ...good, cap: { 'chat:*': ['publish', 'everything'] } }],
    ['actions', { ...good, cap: { 'chat:*': 'publish' } }],
    [
      'bytes',
      { ...good, cap: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`chat:room-${i}`, ['publish']])) },
    ],
  ])('given an invalid %s, then the claims are rejected', (_, claims) => {
    expect(() => readClaims(claims)).toThrow(expect.objectContaining({ error: 'token_claims_invalid' }));
  });

  test('given capabilities of exactly the largest size, then they are accepted, and one byte more is rejected', () => {
    const capOf = (bytes: number) => {
      const cap: Record<string, string[]> = {};
      for (let i = 0; JSON.stringify(cap).length < bytes - 200; i += 1) cap[`chat:room-${i}`] = ['publish'];
      const rest = bytes - JSON.stringify({ ...cap, 'chat:': ['publish'] }).length;
      return { ...cap, [`chat:${'x'.repeat(rest)}`]: ['publish'] };
    };
    expect(readClaims({ ...good, cap: capOf(MAX_CAPABILITY_BYTES) }).clientId).toBe('ada');
    expect(() => readClaims({ ...good, cap: capOf(MAX_CAPABILITY_BYTES + 1) })).toThrow(
      expect.objectContaining({ error: 'token_claims_invalid' }),
    );
  });
});

describe('readNamespaces and settingsOf', () => {
  test.each([
    ['kind', { kind: 'latest', retention: 60 }],
    ['ordering', { kind: 'durable', retention: 60, ordering: 'random' }],
    ['retention', { kind: 'durable', retention: 0 }],
    ['retention', { kind: 'durable' }],
  ])('given an invalid %s, then the deployment is refused with the name of the namespace', (_, settings) => {
    expect(() => readNamespaces(JSON.stringify({ chat: settings }))).toThrow('chat');
  });

  test('given a namespace without an ordering, then its channels are direct, and the retention is in milliseconds', () => {
    expect(settingsOf(namespaces, 'chat:a')).toMatchObject({ retention: 60_000, ordering: 'direct' });
  });

  test('given a channel of no namespace, then its settings are a fault of the caller', () => {
    expect(() => settingsOf(namespaces, 'nope:a')).toThrow('nope:a');
  });
});
