// Installs what is missing: so that `npm start` and `npm test` work in a fresh clone. Node's own modules only.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const stamp = path.join(root, 'node_modules', '.cdk-realtime-installed');

/** @param say tells a person what happens */
export function setUp(say) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 16)) {
    say(`Node ${process.versions.node} is too old: 20.16 or later is needed.`);
    process.exit(1);
  }
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('Installing packages (npm install), a minute or so …');
  const started = Date.now();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Not `npm ci`: a lock file made where a registry lacks some platform's optional binaries is one that it refuses, while
  // `npm install --no-save` takes the same pinned versions and leaves the lock file alone. On standard error: standard
  // output belongs to the command that asked for it.
  const { status } = spawnSync(npm, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    say('npm install failed: see above.');
    process.exit(1);
  }
  writeFileSync(stamp, lock);
  say(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}
