import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Returns a random number: at least 0, less than 1. */
export type Random = () => number;

/**
 * Random numbers that are the same for the same seed and name, so that a run can be repeated.
 *
 * @param name purpose of the numbers: each purpose has its own sequence, so that one does not shift the others
 */
export function seededRandom(seed: number, name: string): Random {
  // A hash as the whole state: when the generator is seeded with small numbers, its first values are alike.
  const hash = createHash('sha256').update(`${seed} ${name}`).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => hash.readInt32BE(offset)));
  return () => uniformFloat64(generator);
}
