// @ts-check
// Bundles the command line into dist/cli/, with the files that it needs, because the package has no dependencies.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const out = path.join(root, 'dist', 'cli');

/**
 * dynalite requires its operations by names that it computes at run time. This makes them patterns that esbuild can bundle.
 *
 * @type {import('esbuild').Plugin}
 */
const dynaliteOperations = {
  name: 'dynalite-operations',
  setup(build) {
    build.onLoad({ filter: /dynalite[\\/](index|validations[\\/]index)\.js$/ }, ({ path: file }) => {
      const folder = path.dirname(file);
      const contents = readFileSync(file, 'utf8').replaceAll(
        /require\('\.\/(actions|validations)\/' \+ ([^)]+\)?)\)/g,
        (_, kind, name) => `require('./${kind}/' + ${name} + '.js')`,
      );
      return { contents, resolveDir: folder, loader: 'js' };
    });
  },
};

export async function buildCli() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts'],
    outfile: 'dist/cli/main.js',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    // Optional native accelerators of ws.
    external: ['bufferutil', 'utf-8-validate'],
    plugins: [dynaliteOperations],
    logLevel: 'warning',
    metafile: true,
  });
  chmodSync(path.join(out, 'main.js'), 0o755);
  cpSync(path.join(root, 'cli', 'page'), path.join(out, 'page'), { recursive: true });
  cpSync(path.join(root, 'client', 'dist', 'browser.mjs'), path.join(out, 'client.mjs'));
  cpSync(path.join(root, 'local', 'services', 'lambda', 'bootstrap.cjs'), path.join(out, 'bootstrap.cjs'));
  // The native store of `dev --data`: classic-level looks for its prebuilt binaries beside the file that loads it.
  const prebuilds = path.join(root, 'node_modules', 'classic-level', 'prebuilds');
  if (!existsSync(prebuilds)) throw new Error('classic-level has no prebuilt binaries: run npm install');
  cpSync(prebuilds, path.join(out, 'prebuilds'), { recursive: true });
  return result.metafile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { outputs } = await buildCli();
  for (const [file, { bytes }] of Object.entries(outputs)) console.log(`${file} ${(bytes / 1024).toFixed(0)} KB`);
}
