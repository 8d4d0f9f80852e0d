import fc from 'fast-check';
import { allows, authorize, covers, readClaims } from '../../../../../lambda/core/auth/capabilities';
import { readNamespaces } from '../../../../../lambda/core/auth/namespaces';
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
  test('nothing is open by default', () => {
    expect(() => authorize(identity({}), 'publish', 'chat:a', namespaces, 0)).toThrow(
      expect.objectContaining({ error: 'capability_missing' }),
    );
  });

  test('an action is allowed only where its pattern lists it', () => {
    const caps: Capabilities = { 'chat:a': ['subscribe'], 'chat:b': ['publish'] };
    expect(allows(caps, 'subscribe', 'chat:a')).toBe(true);
    expect(allows(caps, 'publish', 'chat:a')).toBe(false);
    expect(allows(caps, 'subscribe', 'chat:b')).toBe(false);
  });

  test('an expired token allows nothing, from the second it expires', () => {
    const all: Capabilities = { '*': ['publish'] };
    expect(() => authorize(identity(all, 10), 'publish', 'chat:a', namespaces, 9_999)).not.toThrow();
    expect(() => authorize(identity(all, 10), 'publish', 'chat:a', namespaces, 10_000)).toThrow(
      expect.objectContaining({ error: 'token_expired', retry: 'renew' }),
    );
  });

  test('a namespace that the network does not have is told apart from a missing right', () => {
    expect(() => authorize(identity({ '*': ['publish'] }), 'publish', 'nope:a', namespaces, 0)).toThrow(
      expect.objectContaining({ error: 'namespace_unknown' }),
    );
  });

  test('a pattern never covers another namespace (property)', () => {
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

  test('reads what a token says', () => {
    expect(readClaims(good)).toEqual({ clientId: 'ada', expires: 1_000, capabilities: good.cap });
  });

  test.each([
    ['sub', { ...good, sub: '' }],
    ['sub', { ...good, sub: 'a"b' }],
    ['sub', { ...good, sub: 'ü' }],
    ['exp', { ...good, exp: '1000' }],
    ['cap', { ...good, cap: undefined }],
    ['cap', { ...good, cap: [] }],
    ['pattern', { ...good, cap: { 'chat*': ['publish'] } }],
    ['pattern', { ...good, cap: { 'chat:a*': ['publish'] } }],
    ['actions', { ...good, cap: { 'chat:*': ['everything'] } }],
    [
      'bytes',
      { ...good, cap: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`chat:room-${i}`, ['publish']])) },
    ],
  ])('refuses a bad %s', (_, claims) => {
    expect(() => readClaims(claims)).toThrow(expect.objectContaining({ error: 'token_claims_invalid' }));
  });
});
