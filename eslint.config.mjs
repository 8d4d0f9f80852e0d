import { builtinModules } from 'node:module';
import js from '@eslint/js';
import awscdk from 'eslint-plugin-awscdk';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The house's arrows (docs/decisions/0001): what a room may import, besides itself and packages. */
const ROOMS = {
  protocol: [],
  'lambda/core': ['protocol', 'lib/contract'],
  'lambda/adapters': ['protocol', 'lib/contract', 'lambda/core'],
  lambda: ['protocol', 'lib/contract', 'lambda/core', 'lambda/adapters'],
  client: ['protocol'],
  local: [],
  load: ['protocol', 'lib/contract', 'client'],
  cli: ['protocol', 'lib/contract', 'client', 'local', 'load'],
  lib: [],
  bin: ['lib'],
};

const ALL_ROOMS = ['bin', 'lib', 'lambda', 'protocol', 'client', 'local', 'load', 'cli', 'bench', 'test', 'scripts'];

function zone(room, allowed) {
  const closed = ALL_ROOMS.filter(
    (other) => other !== room && !room.startsWith(`${other}/`) && !allowed.includes(other),
  );
  // Inside lambda/: core must not see adapters or functions, adapters must not see functions.
  const inside = room === 'lambda/core' || room === 'lambda/adapters' ? ['lambda'] : [];
  return [...closed.filter((other) => !inside.includes(other)), ...inside].map((from) => ({
    target: `./${room}`,
    from: `./${from}`,
    except: [room, ...allowed]
      .filter((one) => one.startsWith(`${from}/`))
      .map((one) => `./${one.slice(from.length + 1)}`),
    message: `${room} may import only ${[...allowed, 'itself'].join(', ')} (docs/decisions/0001)`,
  }));
}

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
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      'assets/',
      '**/cdk.out/',
      '**/*.generated.ts',
      'examples/**/*.js',
      'examples/**/*.mjs',
      // A project of its own; test/architecture/docs.test.ts type-checks it.
      'examples/quick-start/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.mjs', '.js'] })] },
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        { zones: Object.entries(ROOMS).flatMap(([room, allowed]) => zone(room, allowed)) },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['lib/**/*.ts', 'bin/**/*.ts'], extends: [awscdk.configs.strict] },
  { files: ['lambda/core/**/*.ts', 'client/src/core/**/*.ts', 'protocol/**/*.ts'], rules: purity },
  browser,
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests poke at the untyped: templates, frames, wire bodies.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      // expect(() => mayThrow()).toThrow() reads best so.
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    files: ['cli/page/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['document', 'location', 'sessionStorage', 'URLSearchParams', 'FormData', 'fetch', 'Option', 'EventSource'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        fetch: 'readonly',
        SharedArrayBuffer: 'readonly',
        Atomics: 'readonly',
        require: 'readonly',
        module: 'readonly',
      },
    },
  },
);
