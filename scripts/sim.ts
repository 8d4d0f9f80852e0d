// `npm run sim`: bundles the simulation (test/simulation) and runs it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSimulation, runSimulation } from './simulation-bundle';

async function main(): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sim-'));
  try {
    const { status } = runSimulation(await buildSimulation(folder), process.argv.slice(2), { stdio: 'inherit' });
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main().then((code) => {
  process.exitCode = code;
});
