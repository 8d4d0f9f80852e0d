// `npm test`: everything that CI runs. scripts/test.mjs installs the packages and loads this.
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readOptions } from '../command-line';
import { bin, runSteps } from './run';
import type { Step } from './schedule';

const jestReport = path.join(mkdtempSync(path.join(tmpdir(), 'jest-')), 'report.json');

/** The longest first, where nothing needs another order. */
const STEPS: readonly Step[] = [
  { name: 'generated', command: [bin('tsx'), 'scripts/generate.ts', '--check'] },
  { name: 'build', command: [bin('tsx'), 'scripts/build.ts'] },
  { name: 'eslint', command: [bin('eslint'), '.', '--max-warnings', '0'] },
  { name: 'types', command: [bin('tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'oxlint', command: [bin('oxlint'), '-c', 'oxlint.config.mjs', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: [bin('prettier'), '--check', '--log-level', 'warn', '.'] },
  { name: 'readme', command: [bin('tsx'), 'scripts/jsii.ts', 'rosetta'], needs: ['build'] },
  { name: 'api-docs', command: [bin('tsx'), 'scripts/jsii.ts', 'docs', '--check'], needs: ['build'] },
  {
    name: 'jest',
    command: [bin('jest'), '--json', '--outputFile', jestReport, '--maxWorkers', '2'],
    needs: ['build'],
    cores: 2,
  },
  { name: 'mutants', command: [bin('tsx'), 'scripts/mutants.ts'], isBackground: true },
  { name: 'simulation', command: [bin('tsx'), 'scripts/sim.ts', '--seeds', '300'], isBackground: true },
];
const names = STEPS.map(({ name }) => name);

const HELP = `npm test -- [--only <step>,<step>] [--verbose]

Installs the packages if needed, then runs everything that CI runs, steps side by side. Prints the time of each step.

  --only     run these steps only: ${names.join(', ')}
  --verbose  print all output as it comes, each line after the name of its step
  --help     print this

Exit code: 0, 1 when a step failed, or 2 when an option is wrong.`;

/** The counts of jest's report; none when jest ended before it wrote one. */
function jestCounts(): { readonly passed: number; readonly failed: number; readonly skipped: number } {
  if (!existsSync(jestReport)) return { passed: 0, failed: 0, skipped: 0 };
  const report = JSON.parse(readFileSync(jestReport, 'utf8')) as Record<string, number>;
  const { numPassedTests: passed = 0, numFailedTests: failed = 0, numPendingTests: skipped = 0 } = report;
  return { passed, failed, skipped };
}

/** Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const values = readOptions(args, { only: { type: 'string' }, verbose: { type: 'boolean', default: false } }, HELP);
  if (typeof values === 'number') return values;
  const only = values.only?.split(',') ?? names;
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`no such step: ${unknown.join(', ')}; the steps are ${names.join(', ')}`);
    return 2;
  }
  const steps = STEPS.filter(({ name }) => only.includes(name));
  const outcomes = await runSteps(steps, { isVerbose: values.verbose });
  const jest = jestCounts();
  const passed = outcomes.filter(({ ok }) => ok).length;
  console.log(
    `${passed + jest.passed} passed, ${outcomes.length - passed + jest.failed} failed, ${jest.skipped} skipped`,
  );
  return passed === outcomes.length ? 0 : 1;
}
