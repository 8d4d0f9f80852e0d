/** One runner for the tests of every folder. */
const swc = {
  jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2022', keepClassNames: true },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/cdk.out/'],
  modulePathIgnorePatterns: [
    '<rootDir>/.stryker-tmp/',
    '<rootDir>/dist/',
    '<rootDir>/client/dist/',
    '<rootDir>/assets/',
  ],
  transform: { '^.+\\.[cm]?[tj]sx?$': ['@swc/jest', swc] },
  // Packages published as ES modules only; jest's own loader takes CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(jose|tinyqueue)/)'],
  globalSetup: '<rootDir>/test/support/jest/global-setup.mjs',
  setupFiles: ['<rootDir>/test/support/jest/env.mjs'],
  testTimeout: 30_000,
};
