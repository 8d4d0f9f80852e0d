// What is built, for tests that use it as users do. Building is left out when nothing has changed since.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './root';

const LOCK = path.join(root, 'dist', '.building');

/** The client's bundles. */
export function builtClient(): string {
  exclusively(() => {
    build('scripts/client.mjs', 'client/dist/browser.mjs', ['client/src', 'protocol']);
  });
  return path.join(root, 'client', 'dist');
}

/** The command line, to be run with Node. */
export function builtCli(): string {
  builtClient();
  exclusively(() => {
    build('scripts/cli.mjs', 'dist/cli/main.js', ['cli', 'local', 'client/dist', 'client/src', 'protocol']);
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

/** Test files run side by side, in processes of their own: only one may build. */
function exclusively(work: () => void): void {
  mkdirSync(path.dirname(LOCK), { recursive: true });
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      closeSync(openSync(LOCK, 'wx'));
      break;
    } catch {
      // Left by a run that was killed, if it is that old.
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
