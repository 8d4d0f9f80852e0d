// `npm run sim`: bundles the simulation (test/simulation) and runs it. `npm run sim:mutants` does so with a defect put in.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** @param {{file: string, find: string, replace: string}=} mutant a text of a source file to replace */
export async function buildSimulation(folder, mutant) {
  const outfile = path.join(folder, 'sim.cjs');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['test/simulation/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    logLevel: 'error',
    plugins: mutant === undefined ? [] : [planted(mutant)],
  });
  return outfile;
}

function planted({ file, find, replace }) {
  const target = path.join(root, file);
  return {
    name: 'planted-bug',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, (args) => {
        if (args.path !== target) return undefined;
        const pieces = readFileSync(target, 'utf8').split(find);
        if (pieces.length !== 2)
          throw new Error(`${file}: the text to replace stands there ${pieces.length - 1} times`);
        return { contents: pieces.join(replace), loader: 'ts' };
      });
    },
  };
}

export function runSimulation(bundle, args, options = {}) {
  return spawnSync(process.execPath, ['--no-warnings', '--enable-source-maps', bundle, ...args], {
    cwd: root,
    ...options,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sim-'));
  try {
    const { status } = runSimulation(await buildSimulation(folder), process.argv.slice(2), { stdio: 'inherit' });
    process.exitCode = status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
