/** A number of at least 0 and less than 1: what chance decides with. */
export type Random = () => number;

/**
 * Random numbers that are the same for the same seed and name, so that a run can be repeated (mulberry32).
 *
 * @param name what they are for: each purpose draws from a row of its own, so that one does not shift the others
 */
export function seededRandom(seed: number, name: string): Random {
  let state = seed;
  for (const character of name) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
