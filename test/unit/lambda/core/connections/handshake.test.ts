import {
  acceptSubprotocol,
  offeredSubprotocols,
  tokenFromHandshake,
} from '../../../../../lambda/core/connections/handshake';
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../../../../protocol';

const asSubprotocol = (token: string): string => `${TOKEN_SUBPROTOCOL_PREFIX}${token}`;

describe('offeredSubprotocols', () => {
  test.each([
    ['no header', undefined, []],
    ['an empty header', '', []],
    ['names with spaces and an empty one', ' a ,, b', ['a', 'b']],
  ])('given %s, then the names are listed without spaces', (_, header, expected) => {
    expect(offeredSubprotocols(header)).toEqual(expected);
  });
});

describe('tokenFromHandshake', () => {
  test('given a token among the subprotocols, then it wins over the query', () => {
    expect(tokenFromHandshake([SUBPROTOCOL, asSubprotocol('one')], 'other')).toBe('one');
  });

  test('given no token among the subprotocols, then the query has it', () => {
    expect(tokenFromHandshake([SUBPROTOCOL], 'other')).toBe('other');
  });

  test.each([
    ['neither', [], undefined],
    ['an empty query', [SUBPROTOCOL], ''],
    ['an empty subprotocol', [asSubprotocol('')], undefined],
  ])('given %s, then the token is missing', (_, offered, query) => {
    expect(() => tokenFromHandshake(offered, query)).toThrow(expect.objectContaining({ error: 'token_missing' }));
  });
});

describe('acceptSubprotocol', () => {
  test('given the protocol among others, then it is the answer', () => {
    expect(acceptSubprotocol(['mqtt', SUBPROTOCOL, 'other'])).toBe(SUBPROTOCOL);
  });

  test('given only others, then there is none', () => {
    expect(acceptSubprotocol(['mqtt'])).toBeUndefined();
  });
});
