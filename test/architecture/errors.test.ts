import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROP_INVALID } from '../../lib/util/prop-check';
import { CATALOG } from '../../protocol/catalog.generated';

const root = path.join(__dirname, '..', '..');

/** Every TypeScript file below some folders that a person wrote. */
function sources(...folders: string[]): { readonly file: string; readonly text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(
        (file) => file.endsWith('.ts') && !/(^|[\\/])(node_modules|dist)[\\/]|\.generated\.ts$|\.d\.ts$/.test(file),
      )
      .map((file) => ({
        file: path.join(folder, file).replaceAll(path.sep, '/'),
        text: readFileSync(path.join(root, folder, file), 'utf8'),
      })),
  );
}

describe('the error catalog', () => {
  test('what is generated from it is current', () => {
    const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const { status, stderr } = spawnSync(process.execPath, [tsx, 'scripts/generate.ts', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('each code stands in the range that tells how to retry', () => {
    const text = readFileSync(path.join(root, 'protocol', 'errors', 'README.md'), 'utf8');
    const ranges = [...text.matchAll(/^\| (\d{5})-(\d{5}) \| (\w+)/gm)].map(([, from, to, retry]) => ({
      ...{ from: Number(from), to: Number(to), retry },
    }));
    expect(ranges.length).toBeGreaterThan(10);
    for (const { code, retry, name } of Object.values(CATALOG)) {
      const range = ranges.find(({ from, to }) => from <= code && code <= to);
      expect({ name, retry }).toEqual({ name, retry: range?.retry });
    }
  });

  test('no code is there twice', () => {
    const codes = Object.values(CATALOG).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('the constructs’ code is that of the catalog', () => {
    const { code, name } = CATALOG.prop_invalid;
    expect(PROP_INVALID).toBe(`${code} ${name}`);
  });

  // A code that nobody raises misleads whoever handles it. Those that are listed here are known to be dead.
  test('every code is raised somewhere', () => {
    const texts = sources('lambda', 'client/src', 'cli', 'local', 'protocol').map(({ text }) => text);
    const dead = Object.keys(CATALOG).filter(
      (name) => name !== 'prop_invalid' && !texts.some((text) => text.includes(`'${name}'`)),
    );
    expect(dead).toEqual([]);
  });
});

// Whatever reaches a user carries a code of the catalog, so it is a RealtimeError (of the local cloud: a LocalError).
describe('plain errors', () => {
  const plain = (...folders: string[]): string[] =>
    sources(...folders).flatMap(({ file, text }) =>
      [...text.matchAll(/new (?:Error|TypeError|RangeError)\(([`'].{0,20})/g)].map(
        ([, message = '']) => `${file}: ${message}`,
      ),
    );

  test('the client, the command line and the protocol raise none', () => {
    expect(plain('client/src', 'cli', 'protocol')).toEqual([]);
  });

  // What the deployment or its operator, not a request, did wrong: nothing a client could act on, so it is logged, and gets 50000.
  test('functions raise them for faults of the deployment and its operator only', () => {
    // The client of posts throws what the SDK's does; whoever posts makes an outcome of it.
    const others = plain('lambda').filter((one) => !/^lambda\/adapters\/callbacks\/(?!index)/.test(one));
    expect(others.sort()).toEqual([
      "lambda/adapters/authorizer-context.ts: 'the event has no aut",
      "lambda/adapters/bundle-aliases/no-event-streams.ts: 'bundles have no even",
      'lambda/adapters/callbacks/index.ts: `CALLBACK_CLIENT must',
      'lambda/adapters/environment.ts: `${name} must be abov',
      'lambda/adapters/environment.ts: `${name}: ${region} h',
      'lambda/adapters/environment.ts: `the environment vari',
      'lambda/adapters/tokens.ts: `the secret ${secretA',
      'lambda/core/auth/namespaces.ts: `NAMESPACES: the sett',
      'lambda/core/auth/namespaces.ts: `settingsOf: ${channe',
      "lambda/core/publish/fifo-batch.ts: 'not a message of a F",
    ]);
  });

  test('the constructs raise one, which carries the code and the path', () => {
    expect(plain('lib')).toEqual(['lib/util/prop-check.ts: `${PROP_INVALID} at $']);
  });
});
