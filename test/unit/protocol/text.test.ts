// Lengths of text and patterns of capabilities, at their limits.
import { CAPABILITY_PATTERN, utf8Length } from '../../../protocol';

describe('utf8Length', () => {
  test.each([
    ['the last of one byte', '\u007f', 1],
    ['the first of two bytes', '\u0080', 2],
    ['the last of two bytes', '\u07ff', 2],
    ['the first of three bytes', '\u0800', 3],
    ['the one before the surrogates', '\ud7ff', 3],
    ['the one after the surrogates', '\ue000', 3],
    ['the first pair', '\ud800\udc00', 4],
    ['the last pair', '\udbff\udfff', 4],
    ['a high surrogate alone', '\ud800', 3],
    ['a high surrogate before the one after the surrogates', '\ud800\ue000', 6],
    ['a high surrogate before another', '\ud800\ud800', 6],
    ['a high surrogate before a letter', '\ud800a', 4],
    ['a low surrogate alone', '\udc00', 3],
    ['a low surrogate before another', '\udc00\udc00', 6],
    ['a letter of three bytes before a low surrogate', '\u4e00\udc00', 6],
  ])('given %s, then its bytes are counted', (_, text, bytes) => {
    expect(utf8Length(text)).toBe(bytes);
  });
});

describe('CAPABILITY_PATTERN', () => {
  test.each(['*', 'chat:*', 'chat:a', 'chat:a.*', 'chat:a.b.c', 'chat:a.b.*', 'c0_-:A-Z_9'])(
    'given %p, then it is a pattern',
    (pattern) => {
      expect(CAPABILITY_PATTERN.test(pattern)).toBe(true);
    },
  );

  test.each([
    ...['', '**', 'chat', 'chat:', 'chat:.a', 'chat:a.', 'chat:a..b', 'chat:a.!', 'chat:a.b!', 'chat:a.*.b', 'Chat:a'],
    ...['9:a', 'chat:*.a'],
  ])('given %p, then it is no pattern', (pattern) => {
    expect(CAPABILITY_PATTERN.test(pattern)).toBe(false);
  });
});
