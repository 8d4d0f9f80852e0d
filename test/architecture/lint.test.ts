// Each lint rule that holds the architecture is shown to fail where it should: ESLint on snippets, oxlint on files.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { IMPORT_ZONES } from '../../scripts/lint/import-zones.mjs';

const root = path.join(__dirname, '..', '..');
const PATHS = 'import-x/no-restricted-paths';
const IMPORTS = 'no-restricted-imports';
const GLOBALS = 'no-restricted-globals';
const uses = (what: string): string => `import * as used from '${what}';\nexport const mine = used;\n`;

/** An import of one file of the project by another. */
function imports(file: string, other: string): readonly [file: string, code: string] {
  const specifier = path.relative(path.dirname(file), other).replace(/(\/index)?\.ts$/, '');
  return [file, uses(specifier.startsWith('.') ? specifier : `./${specifier}`)];
}

/** Import directions that no zone allows. */
const WRONG_DIRECTIONS: readonly (readonly [file: string, other: string])[] = [
  // protocol <- lambda/core <- lambda/adapters <- handlers.
  ['lambda/core/fanout/fair-pool.ts', 'lambda/adapters/environment.ts'],
  ['lambda/core/fanout/fair-pool.ts', 'lambda/handlers/message.ts'],
  ['lambda/core/fanout/fair-pool.ts', 'local/support/clock.ts'],
  ['lambda/adapters/environment.ts', 'lambda/handlers/message.ts'],
  ['lambda/adapters/environment.ts', 'client/src/index.ts'],
  ['lambda/handlers/message.ts', 'lib/index.ts'],
  ['lambda/handlers/message.ts', 'local/index.ts'],
  ['protocol/channel.ts', 'lambda/core/fanout/fair-pool.ts'],
  ['protocol/channel.ts', 'client/src/index.ts'],
  // protocol <- client <- load, cli.
  ['client/src/client.ts', 'lambda/core/fanout/fair-pool.ts'],
  ['client/src/client.ts', 'lib/index.ts'],
  ['client/src/client.ts', 'local/index.ts'],
  ['client/src/client.ts', 'cli/errors.ts'],
  ['load/clients/member.ts', 'local/index.ts'],
  ['load/clients/member.ts', 'bench/append/verify.ts'],
  ['cli/commands/dev.ts', 'lambda/core/fanout/fair-pool.ts'],
  ['cli/commands/dev.ts', 'lib/index.ts'],
  // local depends on assemblies and the formats of AWS only; lib finds bundles by path.
  ['local/support/clock.ts', 'lib/index.ts'],
  ['local/support/clock.ts', 'lambda/core/fanout/fair-pool.ts'],
  ['local/support/clock.ts', 'protocol/index.ts'],
  ['local/support/clock.ts', 'client/src/index.ts'],
  ['lib/namespace.ts', 'lambda/core/fanout/fair-pool.ts'],
  ['lib/namespace.ts', 'protocol/index.ts'],
  ['lib/namespace.ts', 'local/index.ts'],
  ['bin/app.ts', 'lambda/core/fanout/fair-pool.ts'],
  ['bin/app.ts', 'protocol/index.ts'],
  // Examples import packages by name. Nothing imports benchmarks, and only tests import tests.
  ['examples/bare-client/index.mjs', 'protocol/index.ts'],
  ['examples/bare-client/index.mjs', 'client/src/index.ts'],
  ['local/support/clock.ts', 'bench/append/verify.ts'],
  ['scripts/sim.ts', 'bench/append/verify.ts'],
  ['scripts/sim.ts', 'test/simulation/plan.ts'],
  ['bench/append/verify.ts', 'test/simulation/plan.ts'],
  ['bench/append/verify.ts', 'cli/errors.ts'],
  ['lib/namespace.ts', 'test/simulation/plan.ts'],
];

/** Files whose text is replaced, the replacement, and the rule that refuses it. */
const REFUSED: readonly (readonly [file: string, code: string, rule: string])[] = [
  ...WRONG_DIRECTIONS.map(([file, other]) => [...imports(file, other), PATHS] as const),
  // Cores are pure.
  ['lambda/core/fanout/fair-pool.ts', uses('@aws-sdk/client-dynamodb'), IMPORTS],
  ['lambda/core/fanout/fair-pool.ts', uses('@aws-lambda-powertools/logger'), IMPORTS],
  ['lambda/core/fanout/fair-pool.ts', uses('node:crypto'), IMPORTS],
  ['protocol/channel.ts', uses('node:crypto'), IMPORTS],
  ['client/src/core/connection/backoff.ts', uses('node:crypto'), IMPORTS],
  ['client/src/core/connection/backoff.ts', uses('ws'), IMPORTS],
  ['lambda/core/fanout/fair-pool.ts', 'export const now = Date.now();\n', 'no-restricted-properties'],
  ['lambda/core/fanout/fair-pool.ts', 'export const now = new Date();\n', 'no-restricted-syntax'],
  ['lambda/core/fanout/fair-pool.ts', 'export const dice = Math.random();\n', 'no-restricted-properties'],
  ['client/src/core/connection/backoff.ts', 'export const dice = Math.random();\n', 'no-restricted-properties'],
  ...['process', 'setTimeout', 'fetch', 'crypto', 'console', 'Buffer', 'performance'].map(
    (name) => ['lambda/core/fanout/fair-pool.ts', `export const used = ${name};\n`, GLOBALS] as const,
  ),
  // Browsers have no Node.
  ['client/src/client.ts', uses('node:fs'), IMPORTS],
  ['client/src/client.ts', uses('fs'), IMPORTS],
  ['client/src/client.ts', uses('ws'), IMPORTS],
  ['client/src/client.ts', 'export const used = process.env;\n', GLOBALS],
  ['client/src/client.ts', 'export const used = Buffer;\n', GLOBALS],
  // Props of constructs are immutable.
  [
    'lib/namespace.ts',
    'export interface Props {\n  name: string;\n}\n',
    'awscdk/no-mutable-property-of-props-interface',
  ],
];

/** Close to what the rules refuse, and allowed. */
const ALLOWED: readonly (readonly [file: string, code: string])[] = [
  imports('lambda/core/fanout/fair-pool.ts', 'protocol/index.ts'),
  imports('lambda/adapters/environment.ts', 'lambda/core/runtime.ts'),
  imports('lambda/handlers/message.ts', 'lambda/adapters/environment.ts'),
  imports('lambda/handlers/message.ts', 'lambda/core/fanout/fair-pool.ts'),
  imports('client/src/client.ts', 'protocol/index.ts'),
  imports('load/clients/member.ts', 'client/src/index.ts'),
  imports('cli/commands/dev.ts', 'local/index.ts'),
  imports('cli/commands/dev.ts', 'client/src/index.ts'),
  imports('bin/app.ts', 'lib/index.ts'),
  imports('bench/append/verify.ts', 'lambda/core/fanout/fair-pool.ts'),
  imports('test/simulation/plan.ts', 'bench/append/verify.ts'),
  ['client/src/client.ts', 'export const now = Date.now();\n'],
  ['client/src/token.ts', uses('node:crypto')],
  ['local/support/clock.ts', 'export const now = Date.now();\n'],
];

/** One run of ESLint for all snippets: it takes seconds to start. */
const brokenRules = (() => {
  const snippets = [...REFUSED, ...ALLOWED].map(([file, code]) => ({ file, code }));
  const { stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, 'lint-snippets.mjs')], {
    input: JSON.stringify({ snippets, rules: REFUSED.map(([, , rule]) => rule) }),
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as string[][];
})();

const title = (file: string, code: string): string =>
  `${file}: ${(code.split('\n')[0] ?? '').replace('* as used ', '')}`;

describe('ESLint', () => {
  test.each(REFUSED.map(([file, code, rule], index) => [title(file, code), rule, brokenRules[index]] as const))(
    'when %s is linted, then %s fails',
    (_, rule, broken) => {
      expect(broken).toContain(rule);
    },
  );

  test.each(ALLOWED.map(([file, code], index) => [title(file, code), brokenRules[REFUSED.length + index]] as const))(
    'when %s is linted, then no restriction fails',
    (_, broken) => {
      expect((broken ?? []).filter((rule) => rule.includes('no-restricted'))).toEqual([]);
    },
  );

  test('every top-level folder with source files has an import zone', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
    const sources = tracked.filter((file) => /^[^./][^/]*\/.*\.(ts|mjs|cjs|js)$/.test(file));
    const folders = [...new Set(sources.map((file) => file.split('/')[0]))];
    expect(folders.filter((folder) => !(folder! in IMPORT_ZONES))).toEqual([]);
  });
});

/** Code of so many lines. */
const linesOf = (count: number): string => '// A line.\n'.repeat(count);
/** A function of so many lines. */
const functionOf = (count: number): string => `export function long(): void {\n${linesOf(count - 2)}}\n`;

/** Files for oxlint, and the rules that each breaks. */
const OXLINT: Readonly<Record<string, { readonly code: string; readonly rules: readonly string[] }>> = {
  'cycle-of-types-a.ts': {
    code: `import type { B } from './cycle-of-types-b';\nexport interface A {\n  b: B;\n}\n`,
    rules: ['import(no-cycle)'],
  },
  'cycle-of-types-b.ts': {
    code: `import type { A } from './cycle-of-types-a';\nexport interface B {\n  a: A;\n}\n`,
    rules: ['import(no-cycle)'],
  },
  'cycle-of-values-a.ts': {
    code: `import { b } from './cycle-of-values-b';\nexport const a = (): number => b();\n`,
    rules: ['import(no-cycle)'],
  },
  'cycle-of-values-b.ts': {
    code: `import { a } from './cycle-of-values-a';\nexport const b = (): number => a();\n`,
    rules: ['import(no-cycle)'],
  },
  'file-of-350-lines.ts': { code: linesOf(350), rules: [] },
  'file-of-351-lines.ts': { code: linesOf(351), rules: ['eslint(max-lines)'] },
  'file-of-351-lines.js': { code: linesOf(351), rules: ['eslint(max-lines)'] },
  'function-of-60-lines.ts': { code: functionOf(60), rules: [] },
  'function-of-61-lines.ts': { code: functionOf(61), rules: ['eslint(max-lines-per-function)'] },
  'function-of-61-lines.js': { code: functionOf(61).replace(': void', ''), rules: ['eslint(max-lines-per-function)'] },
  'no-cycle.ts': { code: `import { a } from './cycle-of-values-a';\nexport const c = a;\n`, rules: [] },
  'types.ts': {
    code: [
      'const late = (): Promise<number> => Promise.resolve(1);',
      'export function run(text: string, data: any): void {',
      '  late();',
      '  if (text.length === 0 && text === undefined) return;',
      '  const unused: string = data;',
      '}\n',
    ].join('\n'),
    rules: [
      'eslint(no-unused-vars)',
      'typescript(no-explicit-any)',
      'typescript(no-floating-promises)',
      'typescript(no-unnecessary-condition)',
      'typescript(no-unsafe-assignment)',
    ],
  },
};

describe('oxlint', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'oxlint-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('when files with import cycles, type errors in use, and too many lines are linted, then exactly their rules fail', () => {
    for (const [file, { code }] of Object.entries(OXLINT)) writeFileSync(path.join(folder, file), code);
    const compilerOptions = {
      strict: true,
      target: 'es2023',
      module: 'esnext',
      moduleResolution: 'bundler',
      types: [],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const oxlint = path.join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
    const config = path.join(root, 'oxlint.config.mjs');
    const { stdout } = spawnSync(process.execPath, [oxlint, '-c', config, '--type-aware', '-f', 'json', folder], {
      encoding: 'utf8',
    });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
    const broken = (file: string): string[] => [
      ...new Set(diagnostics.filter(({ filename }) => path.basename(filename) === file).map(({ code }) => code)),
    ];
    expect(Object.fromEntries(readdirSync(folder).map((file) => [file, broken(file).sort()]))).toEqual({
      'tsconfig.json': [],
      ...Object.fromEntries(Object.entries(OXLINT).map(([file, { rules }]) => [file, rules])),
    });
  }, 60_000);
});
