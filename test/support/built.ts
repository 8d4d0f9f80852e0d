// Builds the client and the command line for tests that use them as users do. Skips a build whose sources have not changed.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './root';

/** Folders that the command line is bundled from, besides the client. */
const CLI_SOURCES = ['cli', 'local', 'lib/contract', 'lambda/core', 'lambda/adapters/dynamodb', 'load'];

const LOCK = path.join(root, 'dist', '.building');

/** Builds the client. Returns the folder of its bundles. */
export function builtClient(): string {
  exclusively(() => {
    build('scripts/client.mjs', 'client/dist/browser.mjs', ['client/src', 'protocol']);
  });
  return path.join(root, 'client', 'dist');
}

/** Builds the command line. Returns the file to run with Node. */
export function builtCli(): string {
  builtClient();
  exclusively(() => {
    build('scripts/cli.mjs', 'dist/cli/main.js', [...CLI_SOURCES, 'client/dist', 'client/src', 'protocol']);
  });
  return path.join(root, 'dist', 'cli', 'main.js');
}

function build(script: string, result: string, sources: readonly string[]): void {
  const built = statSync(path.join(root, result), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (sources.every((folder) => newestIn(path.join(root, folder)) <= built)) return;
  const { status, stderr } = spawnSync(process.execPath, [script], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} failed:\n${stderr}`);
}

function newestIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) =>
    statSync(path.join(folder, file)),
  );
  return Math.max(...files.filter((file) => file.isFile()).map(({ mtimeMs }) => mtimeMs));
}

/** Runs a build under a lock: test files run in parallel processes, and only one may build at a time. */
function exclusively(work: () => void): void {
  mkdirSync(path.dirname(LOCK), { recursive: true });
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      closeSync(openSync(LOCK, 'wx'));
      break;
    } catch {
      // An old lock was left by a process that was killed.
      if (Date.now() > end) rmSync(LOCK, { force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
  try {
    work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}
