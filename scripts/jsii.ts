// The jobs of jsii: `build` compiles lib/ into dist/ and .jsii, `docs` writes docs/reference/API.md (`--check` only compares), and
// `rosetta` compiles the TypeScript of the README.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(__dirname, '..');

function run(bin: string, ...args: string[]): void {
  const env = {
    ...process.env,
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
    JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '20',
  };
  const file = path.join(root, 'node_modules', '.bin', bin);
  const { status } = spawnSync(file, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}

function writeDocs(isCheck: boolean): void {
  const target = path.join(root, 'docs', 'reference', 'API.md');
  const generated = path.join(mkdtempSync(path.join(tmpdir(), 'api-')), 'API.md');
  run('jsii-docgen', '-o', generated);
  const text = readFileSync(generated, 'utf8');
  if (!isCheck) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('docs/reference/API.md is stale: run npx tsx scripts/jsii.ts build && npx tsx scripts/jsii.ts docs');
    process.exit(1);
  }
}

const [command, flag] = process.argv.slice(2);
if (command === 'build') run('jsii', '--silence-warnings=JSII6');
else if (command === 'docs') writeDocs(flag === '--check');
else if (command === 'rosetta') run('jsii-rosetta', 'extract', '--strict', '--compile', '.');
else {
  console.error('usage: npx tsx scripts/jsii.ts build | docs [--check] | rosetta');
  process.exit(2);
}
