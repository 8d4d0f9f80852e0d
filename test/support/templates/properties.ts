/**
 * Runs and seed of a property test. The seed is fixed, so that a failure can be repeated. PROPERTY_SEED and PROPERTY_RUNS override
 * them; fast-check prints the seed with a counterexample.
 */
export function runs(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  const { PROPERTY_SEED: seed = '20260101', PROPERTY_RUNS: count = String(numRuns) } = process.env;
  return { numRuns: Number(count), seed: Number(seed) };
}
