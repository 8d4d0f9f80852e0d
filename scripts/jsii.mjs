// What jsii does for us: `build` compiles lib/ into dist/ and .jsii, `docs` writes docs/reference/API.md (`--check`: is it current?),
// `rosetta` compiles the README's TypeScript.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const [command, flag] = process.argv.slice(2);

function run(bin, ...args) {
  const env = {
    ...process.env,
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
    JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '20',
  };
  const file = path.join(root, 'node_modules', '.bin', bin);
  const { status } = spawnSync(file, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}

if (command === 'build') {
  run('jsii', '--silence-warnings=JSII6');
} else if (command === 'docs') {
  const target = path.join(root, 'docs', 'reference', 'API.md');
  const made = path.join(mkdtempSync(path.join(tmpdir(), 'api-')), 'API.md');
  run('jsii-docgen', '-o', made);
  const text = readFileSync(made, 'utf8');
  if (flag !== '--check') writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('docs/reference/API.md is stale: run node scripts/jsii.mjs build && node scripts/jsii.mjs docs');
    process.exit(1);
  }
} else if (command === 'rosetta') {
  run('jsii-rosetta', 'extract', '--strict', '--compile', '.');
} else {
  console.error('usage: node scripts/jsii.mjs build | docs [--check] | rosetta');
  process.exit(2);
}
