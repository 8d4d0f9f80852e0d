// Bundles every deployed function into assets/<function>/index.js: what the constructs deploy and the local cloud runs.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { bundling } from './bundling.mjs';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Each file of lambda/handlers/ is one function, but for the wiring that they share. */
export function functionNames() {
  return readdirSync(path.join(root, 'lambda', 'handlers'))
    .filter((file) => file !== 'wiring.ts')
    .map((file) => path.basename(file, '.ts'));
}

/**
 * Bundles all functions. Any esbuild warning fails the build: its output runs in our users' accounts.
 *
 * @param {{plugins?: import('esbuild').Plugin[]}} options plugins for tests that put a defect in
 */
export async function buildAssets({ plugins = [] } = {}) {
  const names = functionNames();
  const assets = path.join(root, 'assets');
  // Only what is left of functions that are gone: other processes may be reading the rest.
  for (const old of existsSync(assets) ? readdirSync(assets) : []) {
    if (!names.includes(old)) rmSync(path.join(assets, old), { recursive: true, force: true });
  }
  return bundle({ plugins });
}

/** @param {Pick<import('esbuild').BuildOptions, 'plugins' | 'write'>} options */
async function bundle(options) {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(functionNames().map((name) => [`${name}/index`, `lambda/handlers/${name}.ts`])),
    outdir: 'assets',
    ...bundling,
    metafile: true,
    ...options,
  });
  if (result.warnings.length > 0) {
    throw new Error((await esbuild.formatMessages(result.warnings, { kind: 'warning' })).join('\n'));
  }
  return result.metafile;
}

/** Whether a bundle is missing, or older than anything that it is made of. */
function areStale() {
  const built = functionNames().map((name) => changedAt(path.join(root, 'assets', name, 'index.js')) ?? 0);
  const files = ['lambda', path.join('lib', 'contract'), 'protocol'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map((file) => path.join(folder, file)),
  );
  const build = ['package-lock.json', 'scripts/assets.mjs', 'scripts/bundling.mjs'];
  const sources = [...files, ...build].map((file) => changedAt(path.join(root, file)));
  return Math.min(...built) < Math.max(...sources.map((time) => time ?? 0));
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

async function main(options) {
  if (options.includes('--metafile')) {
    // What the bundles are made of, for the test that holds them to their budgets: nothing is written.
    console.log(JSON.stringify(await bundle({ write: false })));
    return;
  }
  // `--if-stale` is what cdk.json runs before every synth: most have nothing to do, and others may be reading the bundles.
  // What it says goes to standard error, because standard output is the template's.
  const ifStale = options.includes('--if-stale');
  if (!ifStale || areStale()) {
    const { outputs } = await buildAssets();
    for (const [file, { bytes }] of Object.entries(outputs)) console.error(`${file} ${(bytes / 1024).toFixed(0)} KB`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
