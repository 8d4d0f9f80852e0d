// `npm run sim:mutants`: plants each bug of test/simulation/planted-bugs.json, one at a time, and counts the schedules until the
// simulation finds it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readOptions } from './command-line';
import { buildSimulation, type PlantedText, runSimulation } from './simulation-bundle';

const HELP = `npm run sim:mutants -- [--seeds 500] [--only id,id] [--json]

Plants each bug of test/simulation/planted-bugs.json, and counts the schedules until the simulation finds it.

  --seeds N   schedules to try for each bug
  --only ids  bugs to plant, with commas (default: all)
  --json      print one line of JSON

Exits with 1 when a bug is not found; with 2 when an option is wrong.`;

interface PlantedBug extends PlantedText {
  readonly id: string;
  readonly why: string;
  /** The kind of schedules that finds it. @default 'default' */
  readonly profile?: string;
}

interface Row {
  readonly id: string;
  readonly why: string;
  /** Kind of the first failure; null when the simulation did not find the bug. */
  readonly failureKind: string | null;
  readonly schedules: number;
}

/** The part of the simulation's report that is read here. */
interface SimulationReport {
  readonly failures: readonly { readonly kind: string }[];
  readonly schedules: number;
}

async function plant(folder: string, bug: PlantedBug, seeds: string): Promise<Row> {
  const bundle = await buildSimulation(folder, bug);
  // With one worker, the first failure is that of the smallest seed.
  const profile = bug.profile ?? 'default';
  const args = ['--profile', profile, '--seeds', seeds, '--workers', '1', '--stop', '--json'];
  const { stdout } = runSimulation(bundle, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  const { failures, schedules } = JSON.parse(String(stdout)) as SimulationReport;
  return { id: bug.id, why: bug.why, failureKind: failures[0]?.kind ?? null, schedules };
}

function lineOf({ id, why, failureKind, schedules }: Row): string {
  const verdict = failureKind === null ? `NOT FOUND in ${schedules}` : `${failureKind} after ${schedules}`;
  return `${id.padEnd(28)}${verdict.padEnd(28)}${why}`;
}

async function main(): Promise<number> {
  const values = readOptions(
    process.argv.slice(2),
    { seeds: { type: 'string', default: '500' }, only: { type: 'string' }, json: { type: 'boolean', default: false } },
    HELP,
  );
  if (typeof values === 'number') return values;
  const file = path.join(__dirname, '..', 'test', 'simulation', 'planted-bugs.json');
  const bugs = JSON.parse(readFileSync(file, 'utf8')) as readonly PlantedBug[];
  const only = values.only?.split(',');
  const unknown = only?.filter((id) => !bugs.some((bug) => bug.id === id)) ?? [];
  if (unknown.length > 0) {
    console.error(`unknown bugs: ${unknown.join(', ')}; the bugs are ${bugs.map(({ id }) => id).join(', ')}`);
    return 2;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'sim-'));
  const rows: Row[] = [];
  try {
    for (const bug of bugs.filter(({ id }) => only?.includes(id) ?? true)) {
      const row = await plant(folder, bug, values.seeds);
      rows.push(row);
      if (!values.json) console.log(lineOf(row));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const found = rows.filter((row) => row.failureKind !== null).length;
  const isOk = found === rows.length;
  if (values.json) console.log(JSON.stringify({ ok: isOk, found, of: rows.length, rows }));
  else console.log(`\n${found} of ${rows.length} found`);
  return isOk ? 0 : 1;
}

void main().then((code) => {
  process.exitCode = code;
});
