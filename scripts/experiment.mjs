// @ts-check
// `npm run experiment:failover`: installs packages if needed, builds what the experiment uses, and runs it (test/failover).
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root, setUp } from './setup.mjs';

setUp((/** @type {string} */ line) => console.error(line));
const { buildAssets } = await import('./assets.mjs');
const { buildClient } = await import('./client.mjs');
const { buildCli } = await import('./cli.mjs');
await buildAssets();
await buildClient({ types: false });
await buildCli();
const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const main = path.join(root, 'test', 'failover', 'main.ts');
const { status } = spawnSync(process.execPath, [tsx, '--no-warnings', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
