// @ts-check
// esbuild options of the function bundles. Builds, tests and benches share them.
import { fileURLToPath } from 'node:url';

/** @param {string} name */
const replacement = (name) => fileURLToPath(new URL(`../lambda/adapters/bundle-aliases/${name}.ts`, import.meta.url));

/** @type {import('esbuild').BuildOptions} */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // The ES module build of a package, so that unused code can be dropped. Without `module`, the SDK's `node` build is used: CommonJS.
  mainFields: ['module', 'main'],
  conditions: ['module', 'import', 'node'],
  // Parts of the SDK that functions don't use are two fifths of a bundle. The replacements state the reasons.
  alias: {
    '@aws-sdk/credential-provider-node': replacement('credentials'),
    '@smithy/core/event-streams': replacement('no-event-streams'),
  },
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'silent',
};
