import { spawnSync } from 'node:child_process';
import path from 'node:path';

const PATHS = 'import-x/no-restricted-paths';
const IMPORTS = 'no-restricted-imports';
const GLOBALS = 'no-restricted-globals';
const uses = (what: string): string => `import * as used from '${what}';\nexport const mine = used;\n`;

/** A file that exists (its text is replaced), what is written into it, and the rule that must say no. */
const REFUSED: readonly (readonly [file: string, code: string, rule: string])[] = [
  // The arrows: protocol <- lambda/core <- lambda/adapters <- lambda/*.
  ['lambda/core/fanout/fair-pool.ts', uses('../adapters/settings'), PATHS],
  ['lambda/core/fanout/fair-pool.ts', uses('../message'), PATHS],
  ['lambda/core/fanout/fair-pool.ts', uses('../../local/clock'), PATHS],
  ['lambda/adapters/environment.ts', uses('../message'), PATHS],
  ['lambda/adapters/environment.ts', uses('../../client/src'), PATHS],
  ['lambda/handlers/message.ts', uses('../../lib'), PATHS],
  ['lambda/handlers/message.ts', uses('../../local'), PATHS],
  ['protocol/channel.ts', uses('../lambda/core/pool'), PATHS],
  ['protocol/channel.ts', uses('../client/src'), PATHS],
  // protocol <- client <- cli.
  ['client/src/client.ts', uses('../../lambda/core/pool'), PATHS],
  ['client/src/client.ts', uses('../../lib'), PATHS],
  ['client/src/client.ts', uses('../../local'), PATHS],
  ['client/src/client.ts', uses('../../cli/errors'), PATHS],
  ['cli/commands/dev.ts', uses('../lambda/core/pool'), PATHS],
  ['cli/commands/dev.ts', uses('../lib'), PATHS],
  // local knows the assembly and AWS, nothing of ours; lib knows bundles by path.
  ['local/support/clock.ts', uses('../lib'), PATHS],
  ['local/support/clock.ts', uses('../lambda/core/pool'), PATHS],
  ['local/support/clock.ts', uses('../protocol'), PATHS],
  ['local/support/clock.ts', uses('../client/src'), PATHS],
  ['lib/namespace.ts', uses('../lambda/core/pool'), PATHS],
  ['lib/namespace.ts', uses('../protocol'), PATHS],
  ['lib/namespace.ts', uses('../local'), PATHS],
  ['bin/app.ts', uses('../lambda/core/pool'), PATHS],
  ['bin/app.ts', uses('../protocol'), PATHS],
  // Benchmarks are for nobody else.
  ['local/support/clock.ts', uses('../bench/append/verify'), PATHS],
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
  // Props of constructs can't be changed.
  [
    'lib/namespace.ts',
    'export interface Props {\n  name: string;\n}\n',
    'awscdk/no-mutable-property-of-props-interface',
  ],
];

/** What stands near the rules, and must stay allowed. */
const ALLOWED: readonly (readonly [file: string, code: string])[] = [
  ['lambda/core/fanout/fair-pool.ts', uses('../../protocol')],
  ['lambda/adapters/environment.ts', uses('../core/runtime')],
  ['lambda/handlers/message.ts', uses('../adapters/settings')],
  ['lambda/handlers/message.ts', uses('../core/pool')],
  ['client/src/client.ts', uses('../../protocol')],
  ['client/src/client.ts', 'export const now = Date.now();\n'],
  ['client/src/token.ts', uses('node:crypto')],
  ['cli/commands/dev.ts', uses('../local')],
  ['cli/commands/dev.ts', uses('../client/src')],
  ['bin/app.ts', uses('../lib')],
  ['local/support/clock.ts', 'export const now = Date.now();\n'],
];

/** One run of ESLint for all: it takes seconds to begin. */
const results = (() => {
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

describe('the linter refuses', () => {
  test.each(REFUSED.map(([file, code, rule], index) => [title(file, code), rule, results[index]] as const))(
    '%s (%s)',
    (_, rule, broken) => {
      expect(broken).toContain(rule);
    },
  );
});

describe('the linter allows', () => {
  test.each(ALLOWED.map(([file, code], index) => [title(file, code), results[REFUSED.length + index]] as const))(
    '%s',
    (_, broken) => {
      expect((broken ?? []).filter((rule) => rule.includes('no-restricted'))).toEqual([]);
    },
  );
});
