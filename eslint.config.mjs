// What oxlint (oxlint.config.mjs) has no rule for: import directions, purity of the cores, AWS CDK, and the rest of the rule sets.
import { builtinModules } from 'node:module';
import awscdk from 'eslint-plugin-awscdk';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import { restrictedPaths } from './scripts/lint/import-zones.mjs';
import { eslintRules, IGNORED } from './scripts/lint/rules.mjs';

const purity = {
  'no-restricted-globals': [
    'error',
    ...[
      'process',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'performance',
      'crypto',
      'fetch',
      'console',
      'Buffer',
    ].map((name) => ({ name, message: 'A core is pure: have it passed in.' })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'A core is pure: take the clock that is passed in.' },
    { object: 'Math', property: 'random', message: 'A core is pure: take the randomness that is passed in.' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'A core is pure: take the clock.' },
  ],
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        {
          group: ['@aws-sdk/*', '@aws-lambda-powertools/*', 'node:*', 'aws-cdk-lib', 'ws'],
          message: 'A core is pure.',
        },
      ],
    },
  ],
};

/** What browsers load: no Node. client/src/token.ts makes tokens on servers, and is a build of its own. */
const browser = {
  files: ['client/src/**/*.ts'],
  ignores: ['client/src/core/**', 'client/src/token.ts'],
  rules: {
    'no-restricted-globals': [
      'error',
      ...['process', 'Buffer', 'require', 'global', '__dirname', 'setImmediate'].map((name) => ({
        name,
        message: 'Browsers have no such thing.',
      })),
    ],
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { group: ['node:*', '@aws-sdk/*', 'ws', ...builtinModules], message: 'Browsers have no such thing.' },
        ],
      },
    ],
  },
};

export default tseslint.config(
  { ignores: IGNORED },
  { files: ['**/*.mjs', '**/*.cjs', '**/*.js'], rules: eslintRules.forJavaScript },
  { files: ['lib/**/*.ts', 'bin/**/*.ts'], extends: [awscdk.configs.strict] },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      // One program for all files: the project service takes half as long again.
      parserOptions: { project: './tsconfig.json', projectService: false, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: eslintRules.forTypeScript,
  },
  {
    files: ['**/*.ts', '**/*.mjs', '**/*.cjs', '**/*.js'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js'] })] },
    rules: { 'import-x/no-restricted-paths': ['error', { zones: restrictedPaths() }] },
  },
  { files: ['lambda/core/**/*.ts', 'client/src/core/**/*.ts', 'protocol/**/*.ts'], rules: purity },
  browser,
);
