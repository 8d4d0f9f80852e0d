// Cursors: as text, and merged. What a client keeps, and what decides whether it has missed anything.
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

// Every partition, the longest name there is, and more than a network has.
const ORIGINS = [
  ...['eu-west-1', 'eu-central-2', 'us-east-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-7', 'mx-central-1'],
  ...['us-gov-west-1', 'us-gov-east-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1', 'us-isob-east-1'],
];
/** None yet; as the server makes them; as long as text may carry. */
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
/** Few epochs and small numbers, so that places meet. */
const near: fc.Arbitrary<Cursor> = fc.dictionary(
  fc.constantFrom('eu-west-1', 'us-east-1', 'cn-north-1'),
  fc.record({
    epoch: fc.constantFrom('', '0mock0001', '0mock0002'),
    seq: fc.constantFrom(0, 1, 2, 10, EPOCH_END),
  }),
);

/** A cursor, or the only error that reading one may end with. */
function read(text: unknown): Cursor | undefined {
  try {
    return decodeCursor(text);
  } catch (error) {
    expect(error).toBeInstanceOf(RealtimeError);
    expect(error).toMatchObject({ error: 'cursor_invalid' });
    return undefined;
  }
}

/** What is read must be one that could have been written. */
function expectValid(one: Cursor): void {
  for (const place of Object.values(one)) {
    expect(Number.isSafeInteger(place.seq) && place.seq >= 0 && place.seq <= EPOCH_END).toBe(true);
  }
  expect(decodeCursor(encodeCursor(one))).toEqual(one);
}

describe('as text', () => {
  test('a cursor survives the journey, is URL-safe, and fits (property)', () => {
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

  test('the same cursor is the same text, in whatever order it was made (property)', () => {
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

  test('any text is a valid cursor, or is refused by code (property)', () => {
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

  test('so is any text that was a cursor until something changed in it (property)', () => {
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
  ])('%p is refused', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

describe('merged', () => {
  test('in whatever order and however often, it is the same cursor (property)', () => {
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

  test('it is never behind either, and nowhere that neither was (property)', () => {
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

  test('places are in one order, in which a later epoch comes after all of an earlier one (property)', () => {
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
