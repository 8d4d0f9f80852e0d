import fc from 'fast-check';
import { evacuated } from '../../../../lib/contract/drain-marks';
import { runs } from '../../../support/templates/properties';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

describe('evacuated()', () => {
  const regions = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 });
  const marks = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 3 })));

  test('given marks that leave a region in service, then exactly the marked regions are out of service', () => {
    fc.assert(
      fc.property(regions, marks, (all, list) => {
        const known = new Map(list);
        const out = evacuated(all, known);
        const marked = all.filter((region) => known.has(region));
        expect(out.size).toBeLessThan(all.length);
        expect([...out].every((region) => marked.includes(region))).toBe(true);
        if (marked.length < all.length) expect([...out].sort()).toEqual(marked.sort());
        else expect(out.size).toBe(all.length - 1);
      }),
      runs(500),
    );
  });

  test('given marks in any order, then the result depends only on their times, and a later mark changes no earlier one', () => {
    fc.assert(
      fc.property(regions, marks, fc.constantFrom(...NAMES), (all, list, last) => {
        const known = new Map(list);
        const before = evacuated(all, known);
        expect(evacuated([...all].reverse(), new Map([...known].reverse()))).toEqual(before);
        // A later mark changes nothing for an earlier one.
        if (!known.has(last))
          expect([...evacuated(all, new Map([...known, [last, 4]]))]).toEqual(expect.arrayContaining([...before]));
      }),
      runs(500),
    );
  });

  test('given marks on all regions, then the last one stays in service', () => {
    expect([
      ...evacuated(
        ['a', 'b'],
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ),
    ]).toEqual(['a']);
    expect([...evacuated(['a'], new Map([['a', 1]]))]).toEqual([]);
  });
});
