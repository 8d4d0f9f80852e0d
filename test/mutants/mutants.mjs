// Each known defect of this field's samples, as a change of one text: `npm run test:mutants` puts every one back and
// shows that the test named beside it goes red. A text that is not found exactly once fails, so a mutant can't rot.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @type {{id: string, file: string, find: string, replace: string, test: string, why: string}[]} */
export const mutants = JSON.parse(readFileSync(path.join(root, 'test', 'mutants', 'mutants.json'), 'utf8'));

const active = process.env.MUTANT ? mutants.find(({ id }) => id === process.env.MUTANT) : undefined;
if (process.env.MUTANT && !active) throw new Error(`no mutant ${process.env.MUTANT} in test/mutants/mutants.json`);

/** A part of the transform's cache key: a mutated file must not be taken from, or left in, the ordinary cache. */
export function mutantKey(file) {
  return active && path.join(root, active.file) === file ? active.id : '';
}

/** The same for the bundles of functions, which jest does not compile. */
export const mutantPlugin = {
  name: 'mutant',
  setup(build) {
    if (!active?.file.startsWith('lambda/')) return;
    const file = path.join(root, active.file);
    build.onLoad({ filter: /\.ts$/ }, (args) =>
      args.path === file ? { contents: applyMutant(readFileSync(file, 'utf8'), file), loader: 'ts' } : undefined,
    );
  },
};

export function applyMutant(source, file) {
  if (!mutantKey(file)) return source;
  const pieces = source.split(active.find);
  if (pieces.length !== 2)
    throw new Error(`mutant ${active.id}: its text stands ${pieces.length - 1} times in ${active.file}`);
  return pieces.join(active.replace);
}
