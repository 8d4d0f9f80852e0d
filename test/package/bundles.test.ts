// Size and contents of each function's bundle, which determine its cold start.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { BUDGETS } from './bundle-budgets';
import { root } from '../support/root';

const LIST = 'test/package/bundle-budgets.ts';

interface Bundle {
  readonly kilobytes: number;
  /** Bytes of each package, the largest first. */
  readonly packages: ReadonlyMap<string, number>;
  /** Bytes of each file of this repository. */
  readonly files: ReadonlyMap<string, number>;
}

let inputs: Metafile['inputs'];
let bundles: ReadonlyMap<string, Bundle>;

beforeAll(() => {
  // Built here, not read from assets/, which may contain a planted defect.
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/assets.mjs', '--metafile'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  const metafile = JSON.parse(stdout) as Metafile;
  inputs = metafile.inputs;
  bundles = new Map(
    Object.entries(metafile.outputs).map(([file, output]) => [path.basename(path.dirname(file)), bundleOf(output)]),
  );
});

/** The npm package of a file, by its path. */
function packageOf(file: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
}

function bundleOf({ bytes, inputs: parts }: Metafile['outputs'][string]): Bundle {
  const packages = new Map<string, number>();
  const files = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(parts)) {
    const name = packageOf(file);
    // Metafiles also list files that tree shaking removed.
    if (bytesInOutput === 0) continue;
    if (name === undefined) files.set(file, bytesInOutput);
    else packages.set(name, (packages.get(name) ?? 0) + bytesInOutput);
  }
  return { kilobytes: bytes / 1024, packages: new Map([...packages].sort((a, b) => b[1] - a[1])), files };
}

/** Packages and files that import a package. */
function importersOf(name: string): readonly string[] {
  return Object.entries(inputs)
    .filter(([file, { imports }]) => packageOf(file) !== name && imports.some((one) => packageOf(one.path) === name))
    .map(([file]) => packageOf(file) ?? file);
}

test('given a function, then it has a budget', () => {
  expect([...bundles.keys()].sort()).toEqual(Object.keys(BUDGETS).sort());
});

describe.each(Object.entries(BUDGETS))('the bundle of %s', (name, budget) => {
  const bundle = (): Bundle => bundles.get(name) ?? { kilobytes: 0, packages: new Map(), files: new Map() };

  test('given its budget, then it is not larger', () => {
    const { kilobytes, packages } = bundle();
    if (kilobytes <= budget.kilobytes) return;
    const heaviest = [...packages].slice(0, 8).map(([one, bytes]) => `  ${(bytes / 1024).toFixed(1)} KB ${one}`);
    throw new Error(
      `the bundle of ${name} has ${kilobytes.toFixed(1)} KB; its budget is ${budget.kilobytes} KB. Import less, or raise the budget in ` +
        `${LIST} and give the reason in the commit. The largest packages are:\n${heaviest.join('\n')}`,
    );
  });

  test('given its list of packages, then it contains exactly these', () => {
    const { packages } = bundle();
    const more = [...packages.keys()].filter((one) => !budget.packages.includes(one));
    const less = budget.packages.filter((one) => !packages.has(one));
    const differences = [
      ...more.map((one) => {
        const by = [...new Set(importersOf(one))].join(', ');
        return `it contains ${one}, imported by ${by}: remove the import, or add the package to the list`;
      }),
      ...less.map((one) => `it does not contain ${one}: remove the package from the list`),
    ];
    if (differences.length > 0)
      throw new Error(`the bundle of ${name} does not match ${LIST}:\n  ${differences.join('\n  ')}`);
  });
});

test('given the transport of posts, then only functions that post contain it', () => {
  const holds = [...bundles].filter(([, { files }]) => files.has('lambda/adapters/api-gateway/http-pool.ts'));
  expect(holds.map(([name]) => name).sort()).toEqual(['drain', 'fanout', 'inbox', 'message', 'publish', 'writer']);
});

test('given a file of this repository, then it has no dynamic import', () => {
  // In a bundle of one file, esbuild keeps the whole module of a dynamic import and those that it shares, which slows the start.
  const lazy = Object.entries(inputs)
    .filter(([file]) => packageOf(file) === undefined)
    .flatMap(([file, { imports }]) => imports.filter(({ kind }) => kind === 'dynamic-import').map(() => file));
  expect(lazy).toEqual([]);
});
