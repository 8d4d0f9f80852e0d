// `npm run sim:mutants`: plants each bug of test/simulation/planted-bugs.json, one at a time, and counts the schedules that it takes
// the simulation to find it. `--json` prints one line for a program; exits with 1 when one is not found.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './setup.mjs';
import { buildSimulation, runSimulation } from './sim.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '400' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('npm run sim:mutants -- [--seeds 400] [--only id,id] [--json]');
  process.exit(0);
}
const only = values.only?.split(',');
const bugs = JSON.parse(readFileSync(path.join(root, 'test', 'simulation', 'planted-bugs.json'), 'utf8'));
const unknown = only?.filter((id) => !bugs.some((bug) => bug.id === id)) ?? [];
if (unknown.length > 0) {
  console.error(`no such bug: ${unknown.join(', ')}; there are ${bugs.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}
const folder = mkdtempSync(path.join(tmpdir(), 'sim-'));
const rows = [];
try {
  for (const bug of bugs.filter(({ id }) => only === undefined || only.includes(id))) {
    const bundle = await buildSimulation(folder, bug);
    // One worker: so that the first failure is that of the smallest seed.
    const args = ['--seeds', values.seeds, '--workers', '1', '--stop', '--json'];
    const { stdout } = runSimulation(bundle, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
    const { failures, schedules } = JSON.parse(stdout);
    const [first] = failures;
    rows.push({ id: bug.id, why: bug.why, found: first?.kind ?? null, seeds: schedules });
    if (values.json) continue;
    const verdict = first === undefined ? `NOT FOUND in ${schedules}` : `${first.kind} after ${schedules}`;
    console.log(`${bug.id.padEnd(28)}${verdict.padEnd(28)}${bug.why}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const found = rows.filter((row) => row.found !== null).length;
if (values.json) console.log(JSON.stringify({ ok: found === rows.length, found, of: rows.length, rows }));
else console.log(`\n${found} of ${rows.length} found`);
process.exit(found === rows.length ? 0 : 1);
