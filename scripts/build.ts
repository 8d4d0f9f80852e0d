// `npm run build`: builds everything that is published, which is functions, constructs, client and command line.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.join(__dirname, '..');
const TSX = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');

/** What is built, and the arguments of Node that build it. */
const PARTS: readonly (readonly [name: string, ...args: string[]])[] = [
  ['error catalog', TSX, 'scripts/generate.ts', '--check', '--errors-only'],
  ['functions', 'scripts/assets.mjs'],
  ['constructs', TSX, 'scripts/jsii.ts', 'build'],
  ['client', 'scripts/client.mjs'],
  ['command line', 'scripts/cli.mjs'],
];

for (const [name, ...args] of PARTS) {
  const started = Date.now();
  console.log(`${name} …`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`${name} failed`);
    process.exit(1);
  }
  console.log(`${name} done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
