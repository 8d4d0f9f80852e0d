// Cold starts: what is in the bundle of each function, and how much of it.
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
  /** Our own files, with their bytes. */
  readonly files: ReadonlyMap<string, number>;
}

let inputs: Metafile['inputs'];
let bundles: ReadonlyMap<string, Bundle>;

beforeAll(() => {
  // Bundled anew, and not read from assets/: those may have a planted bug in them.
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/assets.mjs', '--metafile'], {
    ...{ cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  });
  if (status !== 0) throw new Error(stderr);
  const metafile = JSON.parse(stdout) as Metafile;
  inputs = metafile.inputs;
  bundles = new Map(
    Object.entries(metafile.outputs).map(([file, output]) => [path.basename(path.dirname(file)), bundleOf(output)]),
  );
});

/** The package that a file is of, by where it is installed. */
function packageOf(file: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
}

function bundleOf({ bytes, inputs: parts }: Metafile['outputs'][string]): Bundle {
  const packages = new Map<string, number>();
  const files = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(parts)) {
    const name = packageOf(file);
    // Files of which nothing was kept are listed, too.
    if (bytesInOutput === 0) continue;
    if (name === undefined) files.set(file, bytesInOutput);
    else packages.set(name, (packages.get(name) ?? 0) + bytesInOutput);
  }
  return { kilobytes: bytes / 1024, packages: new Map([...packages].sort((a, b) => b[1] - a[1])), files };
}

/** Who imports something of a package, besides itself. */
function importersOf(name: string): readonly string[] {
  return Object.entries(inputs)
    .filter(([file, { imports }]) => packageOf(file) !== name && imports.some((one) => packageOf(one.path) === name))
    .map(([file]) => packageOf(file) ?? file);
}

test('every function has a budget', () => {
  expect([...bundles.keys()].sort()).toEqual(Object.keys(BUDGETS).sort());
});

describe.each(Object.entries(BUDGETS))('%s', (name, budget) => {
  const bundle = (): Bundle => bundles.get(name) ?? { kilobytes: 0, packages: new Map(), files: new Map() };

  test('weighs no more than its budget', () => {
    const { kilobytes, packages } = bundle();
    if (kilobytes <= budget.kilobytes) return;
    const heaviest = [...packages].slice(0, 8).map(([one, bytes]) => `  ${(bytes / 1024).toFixed(1)} KB ${one}`);
    throw new Error(
      `the bundle of ${name} has ${kilobytes.toFixed(1)} KB, and its budget is ${budget.kilobytes}. Import less of what it is ` +
        `made of, or raise the budget in ${LIST} and say in the commit what the kilobytes are for. The most of it is:\n${heaviest.join('\n')}`,
    );
  });

  test('is made of the packages on its list', () => {
    const { packages } = bundle();
    const more = [...packages.keys()].filter((one) => !budget.packages.includes(one));
    const less = budget.packages.filter((one) => !packages.has(one));
    const told = [
      ...more.map((one) => {
        const by = [...new Set(importersOf(one))].join(', ');
        return `it holds ${one}, which is imported by ${by}: don't import it there, or add it to the list`;
      }),
      ...less.map((one) => `it holds nothing of ${one} any more: take it off the list`),
    ];
    if (told.length > 0) throw new Error(`the bundle of ${name} is not as ${LIST} says:\n  ${told.join('\n  ')}`);
  });
});

test('only functions that post hold what posts', () => {
  const holds = [...bundles].filter(([, { files }]) => files.has('lambda/adapters/callbacks/transport.ts'));
  expect(holds.map(([name]) => name).sort()).toEqual(['drain', 'fanout', 'inbox', 'message', 'publish', 'writer']);
});

test('nothing of ours is imported by import()', () => {
  // In a bundle of one file, esbuild then keeps the whole of it, and of all that it shares with others, and loading takes longer.
  const lazy = Object.entries(inputs)
    .filter(([file]) => packageOf(file) === undefined)
    .flatMap(([file, { imports }]) => imports.filter(({ kind }) => kind === 'dynamic-import').map(() => file));
  expect(lazy).toEqual([]);
});
