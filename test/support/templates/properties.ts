/**
 * How often a property is tried, and from which seed: the same every time, so that a red run can be repeated. fast-check
 * prints it with the counterexample; PROPERTY_SEED tries others, PROPERTY_RUNS more.
 */
export function runs(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  const { PROPERTY_SEED: seed = '20260101', PROPERTY_RUNS: count = String(numRuns) } = process.env;
  return { numRuns: Number(count), seed: Number(seed) };
}
