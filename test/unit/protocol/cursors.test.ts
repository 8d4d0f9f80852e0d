// Cursors as text, and their merge.
import fc from 'fast-check';
import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  EPOCH_END,
  isAfter,
  MAX_CURSOR_LENGTH,
  mergeCursors,
  type Position,
  RealtimeError,
} from '../../../protocol';
import { runs } from '../../support/templates/properties';

// Regions of every AWS partition, the longest name, and more regions than a network has.
const ORIGINS = [
  ...['eu-west-1', 'eu-central-2', 'us-east-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-7', 'mx-central-1'],
  ...['us-gov-west-1', 'us-gov-east-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1', 'us-isob-east-1'],
];
/** No epoch, epochs of the server, and the longest that text may carry. */
const epoch = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 0, max: 36 ** 9 - 1 }).map((time) => time.toString(36).padStart(9, '0')),
  fc.stringMatching(/^[0-9a-z]{1,16}$/),
);
const seq = fc.oneof(fc.nat({ max: 30 }), fc.maxSafeNat(), fc.constant(EPOCH_END));
const position: fc.Arbitrary<Position> = fc.record({ epoch, seq });
const cursor: fc.Arbitrary<Cursor> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...ORIGINS), position), { selector: ([origin]) => origin, maxLength: 12 })
  .map((entries) => Object.fromEntries(entries));
/** Few epochs and small numbers, so that positions coincide. */
const near: fc.Arbitrary<Cursor> = fc.dictionary(
  fc.constantFrom('eu-west-1', 'us-east-1', 'cn-north-1'),
  fc.record({
    epoch: fc.constantFrom('', '0mock0001', '0mock0002'),
    seq: fc.constantFrom(0, 1, 2, 10, EPOCH_END),
  }),
);

/** Decodes a cursor. Fails the test if it throws any other error than cursor_invalid. */
function read(text: unknown): Cursor | undefined {
  try {
    return decodeCursor(text);
  } catch (error) {
    expect(error).toBeInstanceOf(RealtimeError);
    expect(error).toMatchObject({ error: 'cursor_invalid' });
    return undefined;
  }
}

/** A decoded cursor can be encoded, and decodes to itself. */
function expectValid(one: Cursor): void {
  for (const place of Object.values(one)) {
    expect(Number.isSafeInteger(place.seq) && place.seq >= 0 && place.seq <= EPOCH_END).toBe(true);
  }
  expect(decodeCursor(encodeCursor(one))).toEqual(one);
}

describe('encodeCursor and decodeCursor', () => {
  test('when a cursor is encoded, then it decodes to itself, is URL-safe and fits the limit (property)', () => {
    fc.assert(
      fc.property(cursor, (one) => {
        const text = encodeCursor(one);
        expect(decodeCursor(text)).toEqual(one);
        expect(text).toMatch(/^[A-Za-z0-9!~-]*$/);
        expect(decodeURIComponent(encodeURIComponent(text))).toBe(text);
        expect(text.length).toBeLessThanOrEqual(MAX_CURSOR_LENGTH);
      }),
      runs(500),
    );
  });

  test('given equal cursors with keys in any order, then their text is the same (property)', () => {
    fc.assert(
      fc.property(cursor, fc.infiniteStream(fc.nat()), (one, order) => {
        const shuffled = Object.entries(one)
          .map((entry) => [order.next().value, entry] as const)
          .sort(([a], [b]) => a - b)
          .map(([, [origin, { epoch: inEpoch, seq: at }]]) => [origin, { seq: at, epoch: inEpoch }]);
        expect(encodeCursor(Object.fromEntries(shuffled))).toBe(encodeCursor(one));
      }),
      runs(200),
    );
  });

  test('when any text is decoded, then it is a valid cursor or cursor_invalid is thrown (property)', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((rest) => `1!${rest}`),
      fc
        .array(fc.constantFrom('1', '!', '~', '-', 'eu-west-1', '0', '18', '\n', 'é'), { maxLength: 40 })
        .map((parts) => parts.join('')),
      fc
        .array(fc.constantFrom('a', '-', '-a', '!a', '~'), { maxLength: 1_500 })
        .map((parts) => `1!eu${parts.join('')}`),
      fc.anything(),
    );
    fc.assert(
      fc.property(text, (one) => {
        const decoded = read(one);
        if (decoded !== undefined) expectValid(decoded);
      }),
      runs(1_000),
    );
  });

  test('when the text of a cursor is altered, then it is a valid cursor or cursor_invalid is thrown (property)', () => {
    const change = fc.record({
      at: fc.nat({ max: MAX_CURSOR_LENGTH }),
      remove: fc.nat({ max: 3 }),
      insert: fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('!', '~', '-', '0', '__proto__', '!eu-west-1~~0')),
    });
    fc.assert(
      fc.property(cursor, fc.array(change, { minLength: 1, maxLength: 4 }), (one, changes) => {
        const text = changes.reduce((before, { at, remove, insert }) => {
          const place = at % (before.length + 1);
          return before.slice(0, place) + insert + before.slice(place + remove);
        }, encodeCursor(one));
        const decoded = read(text);
        if (decoded !== undefined) expectValid(decoded);
      }),
      runs(1_000),
    );
  });

  test.each([
    '',
    '2',
    '1!',
    '1!eu-west-1',
    '1!eu-west-1~e~-1',
    '1!eu-west-1~e~01',
    '1!eu-west-1~e~1\n',
    '1!eu-west-1~e~9007199254740993',
    '1!eu-west-1~e~1!eu-west-1~e~2',
    'x'.repeat(1_025),
  ])('when the text is %p, then it is refused', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

describe('mergeCursors and isAfter', () => {
  test('when cursors are merged in any order and repeatedly, then the result is the same (property)', () => {
    fc.assert(
      fc.property(near, near, near, (a, b, c) => {
        expect(mergeCursors(a, b)).toEqual(mergeCursors(b, a));
        expect(mergeCursors(mergeCursors(a, b), c)).toEqual(mergeCursors(a, mergeCursors(b, c)));
        expect(mergeCursors(a, a)).toEqual(a);
        expect(mergeCursors(mergeCursors(a, b), b)).toEqual(mergeCursors(a, b));
        expect(mergeCursors(a, {})).toEqual(a);
      }),
      runs(1_000),
    );
  });

  test('when two cursors are merged, then each position is the later one of the two (property)', () => {
    fc.assert(
      fc.property(near, near, (a, b) => {
        const merged = mergeCursors(a, b);
        expect(Object.keys(merged).sort()).toEqual([...new Set([...Object.keys(a), ...Object.keys(b)])].sort());
        for (const [origin, place] of Object.entries(merged)) {
          const both = [a[origin], b[origin]].filter((one) => one !== undefined);
          expect(both).toContainEqual(place);
          for (const one of both) expect(isAfter(one, place)).toBe(false);
        }
      }),
      runs(1_000),
    );
  });

  test('given any positions, then they are in one total order, later epochs after earlier ones (property)', () => {
    fc.assert(
      fc.property(position, position, position, (a, b, c) => {
        expect([isAfter(a, b), isAfter(b, a), a.epoch === b.epoch && a.seq === b.seq].filter(Boolean)).toHaveLength(1);
        if (isAfter(a, b) && isAfter(b, c)) expect(isAfter(a, c)).toBe(true);
        if (a.epoch > b.epoch) expect(isAfter(a, b)).toBe(true);
      }),
      runs(1_000),
    );
  });
});
