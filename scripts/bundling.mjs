// How functions are bundled, for whoever builds or measures them.

/** @satisfies {import('esbuild').BuildOptions} */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // The modern build of a package, so that unused code can be dropped.
  mainFields: ['module', 'main'],
  conditions: ['import', 'node'],
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'silent',
};
