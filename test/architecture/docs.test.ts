// The documentation: size, links, snippets, and commands.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { anchorsOf, type Fence, linksOf, markdownFiles, parse, read, trackedFiles } from '../support/docs/markdown';
import { typeCheck } from '../support/docs/type-check';
import { root } from '../support/root';

const MAX_README_LINES = 150;
const MAX_README_WORDS = 1_200;
/** Files whose snippets users copy. */
const COPIED = /^(README\.md|docs\/guide\/.+\.md|client\/README\.md|examples\/.+\/README\.md)$/;
/** Variables that snippets may use without defining them, and their types. */
const GIVEN: Readonly<Record<string, string>> = {
  client: "import('cdk-realtime-client').RealtimeClient",
  channel: "import('cdk-realtime-client').Channel",
};

const files = markdownFiles();
const fences = files.flatMap((file) => parse(file).fences);

describe('README.md', () => {
  test(`then it has at most ${MAX_README_LINES} lines and ${MAX_README_WORDS} words`, () => {
    const text = read('README.md');
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(MAX_README_LINES);
    expect(text.split(/\s+/).filter((word) => word !== '').length).toBeLessThanOrEqual(MAX_README_WORDS);
  });
});

describe('links', () => {
  const anchors = new Map(files.map((file) => [file, anchorsOf(file)]));

  test.each(files)('given %s, then every relative link leads to a file, and every anchor to a heading', (file) => {
    const broken = linksOf(file).flatMap(({ line, target }) => {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
      const [address = '', anchor] = decodeURI(target).split('#');
      const linked = address === '' ? file : path.posix.join(path.posix.dirname(file), address);
      const found = existsSync(path.join(root, linked)) && !linked.startsWith('..');
      if (!found) return [`${file}:${line}: ${target}: no such file`];
      const known = anchors.get(linked);
      return anchor === undefined || known === undefined || known.has(anchor)
        ? []
        : [`${file}:${line}: ${target}: no such anchor`];
    });
    expect(broken).toEqual([]);
  });
});

describe('docs/experiments', () => {
  const results: readonly { command: string; counts: Record<string, number> }[] = JSON.parse(
    read('docs/experiments/results.json'),
  );

  test('given a result, then the table has its command and its counts', () => {
    const page = read('docs/experiments/README.md');
    expect(results.length).toBeGreaterThan(0);
    for (const { command, counts } of results) {
      const delivered = (counts.delivered ?? NaN).toLocaleString('en');
      const expected = (counts['to be delivered'] ?? NaN).toLocaleString('en');
      const line = page.split('\n').find((one) => one.includes(`\`${command.split(' -- ')[1] ?? ''}\``));
      expect(line).toContain(`| ${delivered} of ${expected} |`);
    }
  });

  test('given the rendered reports, then at most one is in Git', () => {
    expect(trackedFiles('docs/**/*.html').length).toBeLessThanOrEqual(1);
  });
});

describe('source paths', () => {
  const PATH = /^(?:bin|lib|lambda|protocol|client|local|cli|load|test|bench|scripts|docs|examples)\/[\w./-]+$/;

  test('given a source path in a page, then it exists', () => {
    const missing = files.flatMap((file) =>
      parse(file).prose.flatMap((line, index) =>
        [...line.matchAll(/`([^`]+)`/g)]
          .map(([, code = '']) => code)
          .filter((code) => PATH.test(code) && !existsSync(path.join(root, code)))
          .map((code) => `${file}:${index + 1}: ${code}`),
      ),
    );
    expect(missing).toEqual([]);
  });
});

/** A snippet as a module. Its given variables are declared on the first line, so that line numbers don't change. */
function moduleOf({ file, line, text, given }: Fence): readonly [string, string] {
  const unknown = given.filter((name) => !Object.hasOwn(GIVEN, name));
  if (unknown.length > 0) throw new Error(`${file}:${line}: unknown variables are given: ${unknown.join(', ')}`);
  const declarations = given.map((name) => `declare const ${name}: ${GIVEN[name] ?? ''};`).join(' ');
  return [`${file}:${line}`, `${declarations} ${text}`];
}

describe('snippets', () => {
  const copied = fences.filter(({ file }) => COPIED.test(file));
  const modules = (...languages: string[]): Map<string, string> =>
    new Map(copied.filter(({ language }) => languages.includes(language)).map(moduleOf));

  test('given a fenced block that users copy, then it names its language', () => {
    expect(copied.filter(({ language }) => language === '').map(({ file, line }) => `${file}:${line}`)).toEqual([]);
  });

  test('given a TypeScript snippet or the app of the quick start, then it type-checks against the constructs', () => {
    const texts = modules('ts', 'typescript');
    expect(texts.size).toBeGreaterThanOrEqual(5);
    texts.set('examples/quick-start/app.ts', read('examples/quick-start/app.ts'));
    expect(typeCheck(texts)).toEqual([]);
  }, 90_000);

  test('given a JavaScript snippet, then it type-checks against the client', () => {
    const texts = modules('js', 'javascript');
    expect(texts.size).toBeGreaterThanOrEqual(5);
    expect(typeCheck(texts, { noImplicitAny: false })).toEqual([]);
  }, 60_000);
});

/** Commands of a page: fenced shell blocks and inline code. */
function commandsOf(file: string): readonly string[] {
  const { fences: blocks, prose } = parse(file);
  const shell = blocks.filter(({ language }) => ['', 'sh', 'bash', 'console'].includes(language));
  const inline = prose.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));
  return [...shell.flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, ' ').split('\n')), ...inline];
}

describe('commands', () => {
  const written = files.filter((file) => file !== 'docs/reference/API.md');
  const uses = (pattern: RegExp): readonly { file: string; words: readonly string[] }[] =>
    written.flatMap((file) =>
      commandsOf(file).flatMap((command) =>
        [...command.matchAll(pattern)].map((match) => ({ file, words: match.slice(1).map((word) => word || '') })),
      ),
    );
  const help = async (...args: string[]): Promise<string> => {
    const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const main = path.join(root, 'cli', 'main.ts');
    return (await promisify(execFile)(process.execPath, [tsx, main, ...args, '--help'], { cwd: root })).stdout;
  };

  test('given `npm run`, then the script is in the package.json of its page', () => {
    const unknown = uses(/\bnpm run ([\w:-]+)(?![\w:*-])/g).filter(({ file, words: [name = ''] }) => {
      const manifest = path.posix.join(path.posix.dirname(file), 'package.json');
      const owner = file.startsWith('examples/') && existsSync(path.join(root, manifest)) ? manifest : 'package.json';
      return !Object.hasOwn(JSON.parse(read(owner)).scripts, name);
    });
    expect(unknown).toEqual([]);
  });

  test('given `npx jest`, then its test files exist', () => {
    const tests = new Set(
      uses(/\bnpx jest ((?:(?!-)[\w./-]+ ?)+)/g).flatMap(({ file, words: [list = ''] }) =>
        list
          .split(' ')
          .filter((name) => name !== '' && !name.startsWith('-'))
          .map((name) => `${file} ${name}`),
      ),
    );
    const known = testFiles();
    const unknown = [...tests].filter((entry) => !known.some((file) => file.includes(entry.split(' ')[1] ?? '')));
    expect(unknown).toEqual([]);
  });

  test('given `cdk-realtime`, then its command and options exist', async () => {
    const used = uses(/(?:npx cdk-realtime|^\$? ?cdk-realtime) ((?:epoch )?[a-z]+)([^|&#]*)/g);
    const names = [...new Set(used.map(({ words: [name = ''] }) => name))].sort();
    expect(names.length).toBeGreaterThanOrEqual(5);
    const all = await help();
    expect(names.filter((name) => !new RegExp(`^ {2}${name.split(' ')[0]} `, 'm').test(all))).toEqual([]);
    const texts = new Map(
      await Promise.all(names.map(async (name) => [name, await help(...name.split(' '))] as const)),
    );
    const unknown = used.flatMap(({ file, words: [name = '', rest = ''] }) =>
      [...rest.matchAll(/(?<=\s)--[a-z-]+/g)]
        .filter(([option]) => !new RegExp(`${option}\\b`).test(texts.get(name) ?? ''))
        .map(([option]) => `${file}: cdk-realtime ${name} ${option}`),
    );
    expect(unknown).toEqual([]);
  }, 60_000);
});

function testFiles(): readonly string[] {
  return readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`);
}
