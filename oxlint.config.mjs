// ESLint's recommended rules, the strict type-checked rules of typescript-eslint, import cycles, and the size of files and functions.
// eslint.config.mjs has what oxlint does not implement.
import { IGNORED, oxlintRules } from './scripts/lint/rules.mjs';

const off = (...names) => Object.fromEntries(names.map((name) => [name, 'off']));
const globals = (...names) => Object.fromEntries(names.map((name) => [name, 'readonly']));

export default {
  plugins: ['typescript', 'import'],
  categories: { correctness: 'off' },
  ignorePatterns: IGNORED,
  rules: {
    // Cycles of types count: two files that name each other's types can't be read one after the other.
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'max-lines': ['error', 350],
    'max-lines-per-function': ['error', 60],
  },
  overrides: [
    {
      files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
      rules: oxlintRules.forJavaScript,
      globals: globals(
        ...['console', 'process', 'URL', 'Buffer', 'setTimeout', 'fetch', 'SharedArrayBuffer', 'Atomics'],
        'require',
      ),
    },
    {
      files: ['cli/page/*.js'],
      globals: globals(
        ...['document', 'location', 'sessionStorage', 'URLSearchParams', 'FormData', 'Option', 'EventSource'],
      ),
    },
    {
      files: ['**/*.ts'],
      rules: {
        ...oxlintRules.forTypeScript,
        'typescript/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
        'typescript/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      },
    },
    {
      // Tests read untyped values: templates, frames, bodies of requests.
      files: ['test/**/*.ts'],
      rules: off(
        'typescript/no-unsafe-assignment',
        'typescript/no-unsafe-member-access',
        'typescript/no-unsafe-argument',
        'typescript/no-unsafe-call',
        'typescript/no-unsafe-return',
        'typescript/no-non-null-assertion',
        'typescript/no-explicit-any',
        // `expect(() => mayThrow()).toThrow()` is the clearest form.
        'typescript/no-confusing-void-expression',
      ),
    },
    {
      // The function of a `describe` contains all its tests.
      files: ['test/**/*.test.ts'],
      rules: off('max-lines-per-function'),
    },
    {
      // Data: the cases of one DynamoDB operation are in one file, with the helpers that they share.
      files: ['test/conformance/cases/*.ts'],
      rules: off('max-lines'),
    },
  ],
};
