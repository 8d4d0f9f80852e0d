// How functions are bundled, for whoever builds or measures them.
import { fileURLToPath } from 'node:url';

const adapter = (name) => fileURLToPath(new URL(`../lambda/adapters/bundle-aliases/${name}.ts`, import.meta.url));

/** @satisfies {import('esbuild').BuildOptions} */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // The modern build of a package, so that unused code can be dropped. Without `module`, the SDK's `node` comes first: CommonJS.
  mainFields: ['module', 'main'],
  conditions: ['module', 'import', 'node'],
  // What the SDK brings and functions have no use for is two fifths of a bundle: why, they say.
  alias: {
    '@aws-sdk/credential-provider-node': adapter('credentials'),
    '@smithy/core/event-streams': adapter('no-event-streams'),
  },
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'silent',
};
