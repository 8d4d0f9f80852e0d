// How functions are bundled, for whoever builds or measures them.
import { fileURLToPath } from 'node:url';

/** @satisfies {import('esbuild').BuildOptions} */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // The modern build of a package, so that unused code can be dropped. Without `module`, the SDK's `node` comes first: CommonJS.
  mainFields: ['module', 'main'],
  conditions: ['module', 'import', 'node'],
  // What the SDK's clients would ask for credentials otherwise is a quarter of a bundle, and of no use in Lambda.
  alias: {
    '@aws-sdk/credential-provider-node': fileURLToPath(new URL('../lambda/adapters/credentials.ts', import.meta.url)),
  },
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'silent',
};
