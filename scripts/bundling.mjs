// How functions are bundled, for whoever builds or measures them.

/** @satisfies {import('esbuild').BuildOptions} */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // The modern build of a package, so that unused code can be dropped. Without `module`, the SDK's `node` comes first: CommonJS.
  mainFields: ['module', 'main'],
  conditions: ['module', 'import', 'node'],
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'silent',
};
