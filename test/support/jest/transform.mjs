// @swc/jest, plus mutants: MUTANT=<id> replaces one text of one source file before it is compiled (test/mutants/mutants.mjs).
import swcJest from '@swc/jest';
import { applyMutant, mutantKey } from '../../mutants/mutants.mjs';

const swc = swcJest.createTransformer({
  jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2022', keepClassNames: true },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
});

export default {
  ...swc,
  canInstrument: false,
  process: (source, file, options) => swc.process(applyMutant(source, file), file, options),
  getCacheKey: (source, file, options) => `${swc.getCacheKey(source, file, options)}${mutantKey(file)}`,
};
