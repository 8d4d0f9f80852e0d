// `npm test`: sets up, then runs everything that CI runs, step by step. `--only jest,lint` runs some; `--verbose` shows all.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root, setUp } from './setup.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const jestReport = path.join(mkdtempSync(path.join(tmpdir(), 'jest-')), 'report.json');
const bin = (name) => path.join(root, 'node_modules', '.bin', name);

const STEPS = [
  { name: 'generated', command: [bin('tsx'), 'scripts/generate.ts', '--check'] },
  { name: 'format', command: [bin('prettier'), '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: [bin('tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', command: [bin('eslint'), '.', '--max-warnings', '0'] },
  { name: 'build', command: [bin('tsx'), 'scripts/build.ts'] },
  { name: 'api-docs', command: [bin('tsx'), 'scripts/jsii.ts', 'docs', '--check'] },
  { name: 'readme', command: [bin('tsx'), 'scripts/jsii.ts', 'rosetta'] },
  { name: 'jest', command: [bin('jest'), '--json', '--outputFile', jestReport, '--maxWorkers', '2'] },
  { name: 'conformance', command: [bin('tsx'), 'test/conformance/main.ts', '--check'] },
  { name: 'mutants', command: ['node', 'scripts/mutants.mjs'] },
  { name: 'simulation', command: [bin('tsx'), 'scripts/sim.ts', '--seeds', '300'] },
];

if (values.help) {
  console.log(`npm test -- [--only step,step] [--verbose]\n\nSteps: ${STEPS.map(({ name }) => name).join(', ')}`);
  process.exit(0);
}
setUp(console.log);
const only = values.only?.split(',');
const unknown = only?.filter((name) => !STEPS.some((step) => step.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; see npm test -- --help`);
  process.exit(2);
}

function run([command, ...args]) {
  return new Promise((resolve) => {
    const env = { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' };
    const child = spawn(command === 'node' ? process.execPath : command, args, { cwd: root, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (values.verbose) process.stdout.write(chunk);
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: String(error) }));
    child.on('exit', (code) => resolve({ ok: code === 0, output }));
  });
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const started = Date.now();
for (const { name, command } of STEPS) {
  if (only !== undefined && !only.includes(name)) continue;
  const begun = Date.now();
  process.stdout.write(`${name} … `);
  const { ok, output } = await run(command);
  console.log(`${ok ? 'ok' : 'FAILED'} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  if (!ok && !values.verbose) console.log(output);
  totals[ok ? 'passed' : 'failed'] += 1;
  // What was skipped has a reason; it is shown, so that nobody takes it for tested.
  for (const line of output.split('\n')) if (line.includes('SKIPPED:')) console.log(`  ${line.trim()}`);
  if (name !== 'jest') continue;
  const report = JSON.parse(readFileSync(jestReport, 'utf8'));
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests;
  totals.skipped += report.numPendingTests;
}
console.log(`\nin ${((Date.now() - started) / 1000).toFixed(0)} s`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 ? 1 : 0);
