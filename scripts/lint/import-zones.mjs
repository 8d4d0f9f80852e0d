/**
 * Import directions (docs/decisions/0001): each folder, and the folders and files that it may import besides itself and packages.
 * A folder within a folder has the rules of both.
 *
 * @type {Record<string, readonly string[]>}
 */
export const IMPORT_ZONES = {
  protocol: [],
  'lib/contract': [],
  lib: [],
  bin: ['lib'],
  'lambda/core': ['protocol', 'lib/contract'],
  'lambda/adapters': ['protocol', 'lib/contract', 'lambda/core'],
  lambda: ['protocol', 'lib/contract'],
  client: ['protocol'],
  local: [],
  load: ['protocol', 'lib/contract', 'client'],
  // The command `epoch` writes to the logs as functions do.
  cli: ['protocol', 'lib/contract', 'lambda/core/log', 'lambda/adapters/dynamodb', 'client', 'local', 'load'],
  // Examples import packages by name, as users do.
  examples: [],
  scripts: [
    'protocol',
    'lib',
    'bin',
    'lambda',
    'client',
    'local',
    'load',
    'cli',
    // Data of the generated pages, which tests check too.
    'test/support/templates',
    'test/integration/recovery/catalog.ts',
  ],
  bench: ['protocol', 'lib', 'lambda', 'client', 'local', 'load', 'scripts'],
  test: ['protocol', 'lib', 'bin', 'lambda', 'client', 'local', 'load', 'cli', 'examples', 'scripts', 'bench'],
};

const topFolders = Object.keys(IMPORT_ZONES).filter((folder) => !folder.includes('/'));

/** The zones of `import-x/no-restricted-paths`. */
export function restrictedPaths() {
  return Object.entries(IMPORT_ZONES).flatMap(([folder, allowed]) =>
    topFolders
      .filter((from) => from !== folder && !allowed.includes(from))
      .map((from) => ({
        target: `./${folder}`,
        from: `./${from}`,
        except: [folder, ...allowed]
          .filter((one) => one.startsWith(`${from}/`))
          .map((one) => `./${one.slice(from.length + 1)}`),
        message: `${folder} may import only ${[...allowed, 'itself'].join(', ')} (docs/decisions/0001)`,
      })),
  );
}
