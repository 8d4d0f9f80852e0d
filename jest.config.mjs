/** One runner for every room. The transform carries the mutants (see test/mutants/mutants.mjs), so that a check can be seen red. */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/cdk.out/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/client/dist/', '<rootDir>/assets/'],
  transform: { '^.+\\.[cm]?[tj]sx?$': '<rootDir>/test/support/jest/transform.mjs' },
  // Packages published as ES modules only; jest's own loader takes CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(jose)/)'],
  globalSetup: '<rootDir>/test/support/jest/global-setup.mjs',
  setupFiles: ['<rootDir>/test/support/jest/env.mjs'],
  testTimeout: 30_000,
};
