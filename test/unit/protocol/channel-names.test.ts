// Every rule of a channel name, at its limits, and how error messages show values.
import { MAX_CHANNEL_LENGTH, MAX_SEGMENTS, parseChannel, printable } from '../../../protocol';

describe('parseChannel', () => {
  test.each([
    'a:b',
    `${'n'.repeat(32)}:a`,
    `chat:${'a'.repeat(MAX_CHANNEL_LENGTH - 5)}`,
    `chat:${Array(MAX_SEGMENTS).fill('a').join('.')}`,
  ])('given %p, then it is a channel', (name) => {
    expect(parseChannel(name).name).toBe(name);
  });

  test.each([
    ['chat', 'a colon'],
    [7, 'a string'],
    ['Chat:a', 'namespace'],
    ['chat:', 'Every segment'],
    ['chat: a', 'Every segment'],
    ['chat:a ', 'Every segment'],
    [`chat:${'a'.repeat(MAX_CHANNEL_LENGTH)}`, `at most ${MAX_CHANNEL_LENGTH} characters`],
    [
      `chat:${Array(MAX_SEGMENTS + 1)
        .fill('a')
        .join('.')}`,
      `at most ${MAX_SEGMENTS} segments`,
    ],
  ])('given %p, then the error says the rule', (name, said) => {
    expect(() => parseChannel(name)).toThrow(said);
  });
});

describe('printable', () => {
  test.each([
    [{ a: 1 }, '{"a":1}'],
    [undefined, 'undefined'],
    [7n, 'a value of type bigint without JSON'],
    ['x'.repeat(78), `"${'x'.repeat(78)}"`],
    ['x'.repeat(79), `"${'x'.repeat(76)}...`],
  ])('given %p, then it is one line of at most 80 characters', (value, expected) => {
    expect(printable(value)).toBe(expected);
  });
});
