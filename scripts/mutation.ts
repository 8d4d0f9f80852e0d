// `npm run test:mutation`: random mutants of the three cores, by StrykerJS, against their unit tests.
// docs/decisions/0024-mutation-testing.md
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { readOptions } from './command-line';
import { compareWithEquivalents, type EquivalentMutant, type MutationReport, textOf } from './mutation-report';

/** Smallest share of mutants that the unit tests must kill. Percent. */
const GOAL = 92;
const root = path.join(__dirname, '..');
const folder = path.join(root, '.stryker-tmp');

const HELP = `npm run test:mutation -- [--only lambda/core/auth,protocol] [--mutate glob,glob] [--fresh] [--concurrency N]

Mutates lambda/core, protocol and client/src/core, and runs the unit tests that reach each mutant. Prints the survivors that
test/mutation/equivalent.json does not explain, the score of each folder, and the time. Results are kept in .stryker-tmp/, and a
mutant runs again when its file or a test that reaches it has changed.

  --only paths     folders or files, with commas (default: all)
  --mutate globs   as StrykerJS takes them: 'lambda/core/log/tail.ts:10-20'
  --fresh          forget the kept results: after a change of test/support, which StrykerJS does not see
  --concurrency N  processes (default: one for each CPU)

Exits with 1 when the score is below ${GOAL} %, a survivor is not explained, or an explanation is stale; with 2 when an option is wrong.`;

/** Globs of the files of `--only`; undefined when one does not exist. */
function globsOf(only: string): readonly string[] | undefined {
  const globs: string[] = [];
  for (const part of only.split(',')) {
    const target = [part, `${part}.ts`].find((one) => existsSync(path.join(root, one)));
    if (target === undefined) {
      console.error(`--only: ${part} does not exist`);
      return undefined;
    }
    globs.push(statSync(path.join(root, target)).isDirectory() ? `${target.replace(/\/$/, '')}/**/*.ts` : target);
  }
  return [...globs, '!**/*.generated.ts'];
}

function runStryker(globs: readonly string[] | undefined, concurrency: string): boolean {
  const stryker = path.join('node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const args = [stryker, 'run', 'test/mutation/stryker.config.mjs', '--concurrency', concurrency];
  if (globs !== undefined) args.push('--mutate', globs.join(','));
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  return status === 0;
}

function printResult(report: MutationReport): boolean {
  const equivalents = JSON.parse(
    readFileSync(path.join(root, 'test', 'mutation', 'equivalent.json'), 'utf8'),
  ) as readonly EquivalentMutant[];
  const { folders, total, unexplained, stale } = compareWithEquivalents(report, equivalents);
  for (const { file, line, mutator, text, replacement } of unexplained) {
    console.log(`survived ${file}:${line} ${mutator}: ${text}  ->  ${replacement}`);
  }
  for (const { file, mutator, text } of stale) {
    console.log(`stale in equivalent.json: no survivor in ${file} is ${mutator}: ${text}`);
  }
  console.log('');
  for (const one of [...folders, total]) console.log(textOf(one));
  return unexplained.length === 0 && stale.length === 0 && total.score >= GOAL;
}

function main(): number {
  const values = readOptions(
    process.argv.slice(2),
    {
      only: { type: 'string' },
      mutate: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      concurrency: { type: 'string', default: String(availableParallelism()) },
    },
    HELP,
  );
  if (typeof values === 'number') return values;
  const { only, mutate, fresh, concurrency } = values;
  if (!/^[1-9]\d*$/.test(concurrency) || (only !== undefined && mutate !== undefined)) {
    console.error(`--concurrency takes a number; --only and --mutate exclude each other\n\n${HELP}`);
    return 2;
  }
  const globs = only === undefined ? mutate?.split(',') : globsOf(only);
  if (only !== undefined && globs === undefined) return 2;
  if (fresh) rmSync(folder, { recursive: true, force: true });
  const startedAt = Date.now();
  if (!runStryker(globs, concurrency)) return 1;
  const isOk = printResult(JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8')) as MutationReport);
  console.log(`${((Date.now() - startedAt) / 60_000).toFixed(1)} minutes`);
  return isOk ? 0 : 1;
}

process.exitCode = main();
