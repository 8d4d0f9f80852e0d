// The command of bench:coldstart with the functions as they are deployed.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..', '..');
const tsx = path.join(root, 'node_modules', '.bin', 'tsx');

function coldstart(...options: readonly string[]): ReturnType<typeof spawnSync> {
  const args = ['--no-warnings', 'bench/coldstart/main.ts', ...options];
  return spawnSync(tsx, args, { cwd: root, encoding: 'utf8', timeout: 60_000 });
}

test('when it runs, then it loads every function and an empty one', () => {
  const { status, stdout, stderr } = coldstart('--runs', '1', '--budget', '1000', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { rows } = JSON.parse(String(stdout)) as { rows: { name: string; loadMs: number }[] };
  expect(rows.map(({ name }) => name)).toEqual([
    '(empty)',
    '(logger alone)',
    ...readdirSync(path.join(root, 'assets')),
  ]);
  expect(rows.every(({ loadMs }) => loadMs > 0)).toBe(true);
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
