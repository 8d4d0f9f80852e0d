// Builds everything that is published: functions, constructs, client, command line.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

for (const [name, ...command] of [
  ['error catalog', 'scripts/generate.mjs', '--check', '--errors-only'],
  ['functions', 'scripts/assets.mjs'],
  ['constructs', 'scripts/jsii.mjs', 'build'],
  ['client', 'scripts/client.mjs'],
  ['command line', 'scripts/cli.mjs'],
]) {
  const started = Date.now();
  console.log(`${name} …`);
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`${name} failed`);
    process.exit(1);
  }
  console.log(`${name} done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
