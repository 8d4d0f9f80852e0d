// Loads TypeScript modules as CommonJS, each time anew: every test file gets modules with their initial state, as in jest.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { transformSync } from 'esbuild';

const requirePackage = createRequire(import.meta.url);
const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/** Compiled once for the life of the process: a mutant is chosen when the code runs. */
const compiled = new Map();

function compile(file) {
  let run = compiled.get(file);
  if (run === undefined) {
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      loader: 'ts',
      format: 'cjs',
      target: 'es2022',
      sourcefile: file,
    });
    run = vm.compileFunction(code, PARAMETERS, { filename: file });
    compiled.set(file, run);
  }
  return run;
}

const resolved = new Map();

function resolve(from, specifier) {
  const target = path.resolve(path.dirname(from), specifier);
  const known = resolved.get(target);
  if (known !== undefined) return known;
  const candidates = [`${target}.ts`, path.join(target, 'index.ts'), target];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`${from} imports ${specifier}, which does not exist`);
  resolved.set(target, found);
  return found;
}

/**
 * A function that loads a file with fresh copies of every module of the project that it imports. Packages are shared.
 *
 * @param replaced packages by name, to load instead of the installed ones
 */
export function createLoader(replaced = {}) {
  const modules = new Map();
  const load = (file) => {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(file, module);
    const requireFrom = (specifier) =>
      specifier.startsWith('.') ? load(resolve(file, specifier)) : (replaced[specifier] ?? requirePackage(specifier));
    if (file.endsWith('.json')) module.exports = JSON.parse(readFileSync(file, 'utf8'));
    else compile(file)(module.exports, requireFrom, module, file, path.dirname(file));
    return module.exports;
  };
  return load;
}
