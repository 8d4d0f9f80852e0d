// @ts-check
// Bundles every function into assets/<function>/index.js, which the constructs deploy and the local cloud runs.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { bundling } from './bundling.mjs';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Each file of lambda/handlers/ is one function, except for the wiring that they share. */
export function functionNames() {
  return readdirSync(path.join(root, 'lambda', 'handlers'))
    .filter((file) => file !== 'wiring.ts')
    .map((file) => path.basename(file, '.ts'));
}

/** Bundles all functions. An esbuild warning fails the build, because the bundles run in the accounts of users. */
export async function buildAssets() {
  const names = functionNames();
  const assets = path.join(root, 'assets');
  // Removes only the bundles of former functions: other processes may be reading the rest.
  for (const old of existsSync(assets) ? readdirSync(assets) : []) {
    if (!names.includes(old)) rmSync(path.join(assets, old), { recursive: true, force: true });
  }
  return bundle({});
}

/**
 * @param {Pick<import('esbuild').BuildOptions, 'write'>} options
 * @returns {Promise<import('esbuild').Metafile>}
 */
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

/** Whether a bundle is missing, or older than one of its sources. */
function areStale() {
  const built = functionNames().map((name) => changedAt(path.join(root, 'assets', name, 'index.js')) ?? 0);
  const files = ['lambda', path.join('lib', 'contract'), 'protocol'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
  );
  const build = ['package-lock.json', 'scripts/assets.mjs', 'scripts/bundling.mjs'];
  const sources = [...files, ...build].map((file) => changedAt(path.join(root, file)));
  return Math.min(...built) < Math.max(...sources.map((time) => time ?? 0));
}

/** @param {string} file */
function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

/** @param {readonly string[]} options */
async function main(options) {
  if (options.includes('--metafile')) {
    // The contents of the bundles, for the test of their sizes. Nothing is written.
    console.log(JSON.stringify(await bundle({ write: false })));
    return;
  }
  // cdk.json runs `--if-stale` before every synth: usually nothing has changed, and other processes may be reading the bundles.
  // Output goes to standard error, because the template goes to standard output.
  const ifStale = options.includes('--if-stale');
  if (!ifStale || areStale()) {
    const { outputs } = await buildAssets();
    for (const [file, { bytes }] of Object.entries(outputs)) console.error(`${file} ${(bytes / 1024).toFixed(0)} KB`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
