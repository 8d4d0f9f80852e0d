import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROP_INVALID } from '../../lib/util/prop-check';
import { CATALOG } from '../../protocol/catalog.generated';
import { root } from '../support/root';

/** The TypeScript files of some folders, without generated ones. */
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
  test('given the catalog, then the files generated from it are current', () => {
    const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const { status, stderr } = spawnSync(process.execPath, [tsx, 'scripts/generate.ts', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('given a code, then its range in the README has the same retry class', () => {
    const text = readFileSync(path.join(root, 'protocol', 'errors', 'README.md'), 'utf8');
    const ranges = [...text.matchAll(/^\| (\d{5})-(\d{5}) \| (\w+)/gm)].map(([, from, to, retry]) => ({
      from: Number(from),
      to: Number(to),
      retry,
    }));
    expect(ranges.length).toBeGreaterThan(10);
    for (const { code, retry, name } of Object.values(CATALOG)) {
      const range = ranges.find(({ from, to }) => from <= code && code <= to);
      expect({ name, retry }).toEqual({ name, retry: range?.retry });
    }
  });

  test('given two errors, then their codes differ', () => {
    const codes = Object.values(CATALOG).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('given the constructs’ error, then its code is that of the catalog', () => {
    const { code, name } = CATALOG.prop_invalid;
    expect(PROP_INVALID).toBe(`${code} ${name}`);
  });

  // A code that is never raised misleads those who handle it.
  test('given a code, then a source raises it', () => {
    const texts = sources('lambda', 'client/src', 'cli', 'local', 'protocol').map(({ text }) => text);
    const unused = Object.keys(CATALOG).filter(
      (name) => name !== 'prop_invalid' && !texts.some((text) => text.includes(`'${name}'`)),
    );
    expect(unused).toEqual([]);
  });
});

// Errors that reach a user have a code of the catalog: they are a RealtimeError, or a LocalError of the local cloud.
describe('errors without a code', () => {
  const plain = (...folders: string[]): string[] =>
    sources(...folders).flatMap(({ file, text }) =>
      [...text.matchAll(/new (?:Error|TypeError|RangeError)\(([`'].{0,20})/g)].map(
        ([, message = '']) => `${file}: ${message}`,
      ),
    );

  test('given the client, the command line and the protocol, then they raise none', () => {
    expect(plain('client/src', 'cli', 'protocol')).toEqual([]);
  });

  // Mistakes of the deployment or its operator: a client cannot act on them, so they are logged, and answered with 50000.
  test('given the functions, then they raise them only for mistakes of the deployment or its operator', () => {
    // The client of posts throws the SDK's errors; its caller turns them into an outcome.
    const others = plain('lambda').filter((one) => !/^lambda\/adapters\/api-gateway\/(?!index)/.test(one));
    expect(others.sort()).toEqual([
      'lambda/adapters/api-gateway/index.ts: `CALLBACK_CLIENT must',
      "lambda/adapters/authorizer-context.ts: 'the event has no aut",
      "lambda/adapters/bundle-aliases/no-event-streams.ts: 'bundles have no even",
      'lambda/adapters/environment.ts: `${name} must be abov',
      'lambda/adapters/environment.ts: `${name}: ${region} h',
      'lambda/adapters/environment.ts: `the environment vari',
      'lambda/adapters/tokens.ts: `the secret ${secretA',
      'lambda/core/auth/namespaces.ts: `NAMESPACES: the sett',
      'lambda/core/auth/namespaces.ts: `settingsOf: ${channe',
      "lambda/core/publish/fifo-batch.ts: 'not a message of a F",
    ]);
  });

  test('given the constructs, then they raise one, which has the code and the path', () => {
    expect(plain('lib')).toEqual(['lib/util/prop-check.ts: `${PROP_INVALID} at $']);
  });
});
