// Bundles the simulation (test/simulation) into one file, with or without a planted bug, and runs it.
import { spawnSync, type SpawnSyncOptions, type SpawnSyncReturns } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import esbuild, { type Plugin } from 'esbuild';

const root = path.join(__dirname, '..');

/** A change of one text of a source file. */
export interface PlantedText {
  /** Path in the project. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

/**
 * Returns the bundle's path.
 *
 * @param bug a text to replace. @default - none
 */
export async function buildSimulation(folder: string, bug?: PlantedText): Promise<string> {
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
    plugins: bug === undefined ? [] : [planting(bug)],
  });
  return outfile;
}

function planting({ file, find, replace }: PlantedText): Plugin {
  const target = path.join(root, file);
  return {
    name: 'planted-bug',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, (args) => {
        if (args.path !== target) return undefined;
        const pieces = readFileSync(target, 'utf8').split(find);
        if (pieces.length !== 2)
          throw new Error(`${file}: the text to replace occurs ${pieces.length - 1} times instead of once`);
        return { contents: pieces.join(replace), loader: 'ts' };
      });
    },
  };
}

/** Runs a bundle, and waits for its end. */
export function runSimulation(
  bundle: string,
  args: readonly string[],
  options: SpawnSyncOptions = {},
): SpawnSyncReturns<string | Buffer> {
  return spawnSync(process.execPath, ['--no-warnings', '--enable-source-maps', bundle, ...args], {
    cwd: root,
    ...options,
  });
}
