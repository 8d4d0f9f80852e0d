// `npm run check`: the checks of what has changed since a commit. scripts/check.mjs installs the packages and loads this.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readOptions } from '../command-line';
import { bin, root, runSteps } from './run';
import type { Step } from './schedule';

const HELP = `npm run check -- [--since <commit>] [--verbose]

Checks what has changed since a commit, uncommitted and new files included: formatting and lint of these files, the types
of the project, and the unit tests that depend on these files. Everything else is checked by npm test.

  --since    a commit, branch or tag (default: where this branch left main, or the last commit when this is main)
  --verbose  print all output as it comes, each line after the name of its step
  --help     print this

Exit code: 0, 1 when a check failed, or 2 when an option is wrong.`;

/** Tests of whole systems, which take minutes: npm test runs them. */
const SLOW_TESTS = ['conformance', 'failover', 'integration', 'package', 'simulation'];
/** Files on which the findings in all others depend. */
const LINT_CONFIGURATION = /^(eslint\.config|oxlint\.config|scripts\/lint\/)/;
const SOURCE = /\.(ts|mjs|cjs|js)$/;

/** A wrong use, with what to do instead. */
export class UsageError extends Error {}

/**
 * The steps that check these files, given by their paths in the project. A deleted source file can break any other, so that all are
 * linted and all unit tests run.
 */
export function stepsFor(
  changed: readonly string[],
  exists: (file: string) => boolean = (file) => existsSync(path.join(root, file)),
): readonly Step[] {
  if (changed.length === 0) return [];
  const present = changed.filter(exists);
  const isSourceDeleted = changed.some((file) => SOURCE.test(file) && !exists(file));
  const sources = present.filter((file) => SOURCE.test(file));
  const typed = changed.some((file) => file.endsWith('.ts') || file.startsWith('tsconfig') || file === 'package.json');
  const isWhole = isSourceDeleted || changed.some((file) => LINT_CONFIGURATION.test(file));
  const linted = isWhole ? ['.'] : sources;
  const steps: Step[] = [];
  if (present.length > 0) {
    steps.push({
      name: 'format',
      command: [bin('prettier'), '--check', '--ignore-unknown', '--log-level', 'warn', ...present],
    });
  }
  if (typed) {
    const buildInfo = path.join('node_modules', '.cache', 'tsc', 'check.tsbuildinfo');
    const incremental = ['--incremental', '--tsBuildInfoFile', buildInfo];
    steps.push({ name: 'types', command: [bin('tsc'), '--noEmit', '-p', 'tsconfig.json', ...incremental] });
  }
  if (linted.length > 0) {
    const oxlint = [bin('oxlint'), '-c', 'oxlint.config.mjs', '--type-aware', '--deny-warnings'];
    steps.push(
      { name: 'eslint', command: [bin('eslint'), '--max-warnings', '0', '--no-warn-ignored', ...linted] },
      { name: 'oxlint', command: [...oxlint, '--no-error-on-unmatched-pattern', ...linted] },
    );
  }
  const related = present.filter((file) => SOURCE.test(file) || file.endsWith('.json'));
  if (related.length > 0 || isSourceDeleted) {
    const slow = ['--testPathIgnorePatterns', '/node_modules/', `/test/(${SLOW_TESTS.join('|')})/`];
    const jest = [bin('jest'), '--silent', '--passWithNoTests', '--maxWorkers', '2', ...slow];
    const selected = isSourceDeleted ? ['test/unit'] : ['--findRelatedTests', ...related];
    steps.push({ name: 'tests', command: [...jest, ...selected] });
  }
  return steps;
}

/** The files that differ from a commit, new and deleted files included; by default from where this branch left main. */
export function changesSince(since: string | undefined, git: (...args: string[]) => string): readonly string[] {
  try {
    git('rev-parse', '--git-dir');
  } catch {
    throw new UsageError('npm run check compares files with a commit: run it in a git clone, or run npm test');
  }
  const base = since === undefined ? defaultBase(git) : resolveCommit(since, git);
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
  const changed = lines(git('diff', '--name-only', '--no-renames', base, '--'));
  const untracked = lines(git('ls-files', '--others', '--exclude-standard'));
  return [...new Set([...changed, ...untracked])].sort();
}

function resolveCommit(since: string, git: (...args: string[]) => string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${since}^{commit}`).trim();
  } catch {
    throw new UsageError(`no such commit: ${since}; give --since a branch, a tag or a hash that git log shows`);
  }
}

function defaultBase(git: (...args: string[]) => string): string {
  for (const main of ['main', 'origin/main']) {
    try {
      return git('merge-base', 'HEAD', main).trim();
    } catch {
      // There is no such branch in this clone.
    }
  }
  return 'HEAD';
}

function runGit(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const values = readOptions(args, { since: { type: 'string' }, verbose: { type: 'boolean', default: false } }, HELP);
  if (typeof values === 'number') return values;
  try {
    const changed = changesSince(values.since, runGit);
    console.log(`${changed.length} changed ${changed.length === 1 ? 'file' : 'files'}`);
    const outcomes = await runSteps(stepsFor(changed), { isVerbose: values.verbose });
    return outcomes.every(({ ok }) => ok) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${HELP}`);
    return 2;
  }
}
