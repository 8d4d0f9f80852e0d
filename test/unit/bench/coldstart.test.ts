// The command of bench:coldstart with the functions as they are deployed.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../support/root';

const tsx = path.join(root, 'node_modules', '.bin', 'tsx');

interface Row {
  readonly name: string;
  readonly kilobytes: number;
  readonly loadMs: number;
  readonly processMs: number;
  readonly ratio: number;
}

function coldstart(...options: readonly string[]): ReturnType<typeof spawnSync> {
  const args = ['--no-warnings', 'bench/coldstart/main.ts', ...options];
  return spawnSync(tsx, args, { cwd: root, encoding: 'utf8', timeout: 60_000 });
}

test('when it runs, then it loads every function and an empty one', () => {
  const { status, stdout, stderr } = coldstart('--runs', '1', '--budget', '1000', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { rows } = JSON.parse(String(stdout)) as { rows: Row[] };
  expect(rows.map(({ name }) => name)).toEqual([
    '(empty)',
    '(logger alone)',
    ...readdirSync(path.join(root, 'assets')),
  ]);
  for (const { name, kilobytes, loadMs, processMs, ratio } of rows) {
    // Loading is a part of the process that loads; one run says nothing of how the functions compare.
    expect({ name, isPart: 0 < loadMs && loadMs < processMs }).toEqual({ name, isPart: true });
    expect(ratio).toBeCloseTo(processMs / rows[0]!.processMs);
    if (!name.startsWith('('))
      expect(kilobytes * 1024).toBe(statSync(path.join(root, 'assets', name, 'index.js')).size);
  }
}, 60_000);

test('given a small budget, then it reports a breach and exits with 1', () => {
  const { status, stdout } = coldstart('--runs', '1', '--budget', '0.001');
  expect(status).toBe(1);
  expect(stdout).toContain('BREACH: fanout takes');
}, 60_000);

test('given an invalid option, then it exits with 2 and prints the help', () => {
  const { status, stderr } = coldstart('--runs', 'none');
  expect(status).toBe(2);
  expect(stderr).toContain('--runs must be a whole number above 0, got: none');
  expect(stderr).toContain('npm run bench:coldstart');
}, 60_000);
