// `npm run test:mutation` (scripts/mutation.ts): random mutants of the three cores against their unit tests.
export default {
  mutate: ['lambda/core/**/*.ts', 'protocol/**/*.ts', 'client/src/core/**/*.ts', '!**/*.generated.ts'],
  mutator: { excludedMutations: ['StringLiteral'] },
  plugins: ['./test/mutation/runner.mjs'],
  testRunner: 'in-process',
  ignorers: ['log-fields'],
  inProcess: {
    folders: ['test/unit/lambda/core', 'test/unit/client', 'test/unit/protocol'],
    // Of other parts of the client: they need built bundles, or the fake timers of jest.
    exclude: [
      'test/unit/client/bundles.test.ts',
      'test/unit/client/happy-eyeballs.test.ts',
      'test/unit/client/token.test.ts',
    ],
  },
  coverageAnalysis: 'perTest',
  ignorePatterns: [
    '**',
    '!lambda/**',
    '!lib/**',
    '!protocol/**',
    '!client/**',
    '!load/**',
    '!test/**',
    '!package.json',
  ],
  tempDirName: '.stryker-tmp',
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: '.stryker-tmp/report.json' },
  incremental: true,
  incrementalFile: '.stryker-tmp/incremental.json',
  concurrency: 2,
  warnings: { slow: false },
  disableTypeChecks: false,
};
