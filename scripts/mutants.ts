// `npm run test:mutants`: plants every defect of test/mutants/mutants.json, one at a time, and shows that its test fails.
// Works in copies of the project, so that several can run at once and nothing else that runs here sees a defect.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { readOptions } from './command-line';

interface Mutant {
  readonly id: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test file, and a part of the name of the test that must fail. */
  readonly test: string;
  readonly name: string;
  readonly why: string;
}

const root = path.join(__dirname, '..');
const NOT_COPIED = [
  'node_modules',
  '.git',
  'dist',
  'assets',
  'docs',
  'cdk.out',
  '.cdk-realtime',
  '.jsii',
  'dist-jsii',
  'coverage',
  '.stryker-tmp',
  'tmp',
];
const mutants = JSON.parse(readFileSync(path.join(root, 'test', 'mutants', 'mutants.json'), 'utf8')) as Mutant[];

function copyProject(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'mutants-'));
  cpSync(root, copy, {
    recursive: true,
    filter: (source) =>
      !path
        .relative(root, source)
        .split(path.sep)
        .some((part) => NOT_COPIED.includes(part)),
  });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  return copy;
}

interface JestResult {
  readonly ok: boolean;
  readonly output: string;
}

function runJest(copy: string, files: readonly string[], name: string): Promise<JestResult> {
  return new Promise((resolve) => {
    const jest = path.join('node_modules', 'jest', 'bin', 'jest.js');
    const args = [jest, ...files, '--testNamePattern', name, '--silent', '--runInBand'];
    const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => {
      resolve({ ok: code === 0, output });
    });
  });
}

/** Whether the named test fails when this defect is planted in a copy of the project. */
async function isCaught(copy: string, { id, file, find, replace, test, name, why }: Mutant): Promise<boolean> {
  const target = path.join(copy, file);
  const source = readFileSync(target, 'utf8');
  const pieces = source.split(find);
  if (pieces.length !== 2) throw new Error(`mutant ${id}: ${file} has its text ${pieces.length - 1} times`);
  writeFileSync(target, pieces.join(replace));
  const { ok, output } = await runJest(copy, [test], name);
  writeFileSync(target, source);
  // Failed by an assertion of the named test: not by a file that does not compile, nor by a name that matches no test.
  const caught = !ok && /Tests: +[1-9]\d* failed/.test(output);
  console.log(`${caught ? 'caught' : 'MISSED'} ${id}: ${why}`);
  if (!caught) console.log(output);
  return caught;
}

/** Without a defect the tests must pass in a copy, or their failures would show nothing. */
async function checkCopy(copy: string): Promise<void> {
  const names = mutants.map(({ name }) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const { ok, output } = await runJest(copy, [...new Set(mutants.map(({ test }) => test))], names);
  if (!ok) throw new Error(`the tests fail without a defect:\n${output}`);
}

const HELP = `npm run test:mutants

Plants every defect of test/mutants/mutants.json, one at a time, in copies of the project, and shows that its test fails.
Exits with 1 when a test does not fail; with 2 when an option is wrong.`;

async function main(): Promise<number> {
  const values = readOptions(process.argv.slice(2), {}, HELP);
  if (typeof values === 'number') return values;
  const copies = Array.from({ length: Math.min(2, availableParallelism()) }, copyProject);
  try {
    await checkCopy(copies[0] ?? '');
    const waiting = [...mutants];
    let missed = 0;
    await Promise.all(
      copies.map(async (copy) => {
        for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
          if (!(await isCaught(copy, mutant))) missed += 1;
      }),
    );
    console.log(`${mutants.length - missed} of ${mutants.length} caught`);
    return missed === 0 ? 0 : 1;
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
}

void main().then((code) => {
  process.exitCode = code;
});
