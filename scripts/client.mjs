// @ts-check
// Builds the client package: ES modules and CommonJS for bundlers and Node, a minified ES module for <script type="module">, and types.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import esbuild from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'client', 'dist');

/** @param {{types?: boolean}} options whether to build the types, which takes seconds; a page needs none */
export async function buildClient({ types = true } = {}) {
  rmSync(dist, { recursive: true, force: true });
  /** @type {import('esbuild').BuildOptions} */
  const shared = { absWorkingDir: root, bundle: true, legalComments: 'none', target: 'es2022', logLevel: 'error' };
  const index = 'client/src/index.ts';
  const token = 'client/src/token.ts';
  await Promise.all([
    esbuild.build({
      ...shared,
      entryPoints: [index],
      outfile: 'client/dist/index.mjs',
      format: 'esm',
      platform: 'neutral',
    }),
    esbuild.build({
      ...shared,
      entryPoints: [index],
      outfile: 'client/dist/index.cjs',
      format: 'cjs',
      platform: 'neutral',
    }),
    esbuild.build({
      ...shared,
      entryPoints: [index],
      outfile: 'client/dist/browser.mjs',
      format: 'esm',
      platform: 'browser',
      minify: true,
    }),
    esbuild.build({
      ...shared,
      entryPoints: [token],
      outfile: 'client/dist/token.mjs',
      format: 'esm',
      platform: 'node',
    }),
    esbuild.build({
      ...shared,
      entryPoints: [token],
      outfile: 'client/dist/token.cjs',
      format: 'cjs',
      platform: 'node',
    }),
  ]);
  if (types) {
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { status } = spawnSync(process.execPath, [tsc, '-p', 'client/tsconfig.json'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('the types of the client could not be built');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildClient();
  for (const file of ['index.mjs', 'browser.mjs', 'token.mjs']) {
    const bytes = readFileSync(path.join(dist, file));
    console.log(
      `client/dist/${file} ${(bytes.length / 1024).toFixed(1)} KB, ${(gzipSync(bytes).length / 1024).toFixed(1)} KB gzip`,
    );
  }
}
