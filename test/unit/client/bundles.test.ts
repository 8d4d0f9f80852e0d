// The built client package, as it is published.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { builtClient } from '../../support/built';

let dist: string;
beforeAll(() => {
  dist = builtClient();
}, 60_000);

const text = (file: string): string => readFileSync(path.join(dist, file), 'utf8');

test.each(['browser.mjs', 'index.mjs', 'index.cjs'])(
  '%s imports nothing: no module of Node, no package, no AWS SDK',
  (file) => {
    const imported = [...text(file).matchAll(/(?:from\s*|import\s*\(?\s*|require\s*\(\s*)["']([^"']+)["']/g)].map(
      ([, name]) => name,
    );
    expect(imported).toEqual([]);
    expect(text(file)).not.toMatch(/aws-sdk|amazonaws|node:|process\.|Buffer\b|jose/);
  },
);

test('the browser build is smaller than 15 KB gzipped', () => {
  expect(gzipSync(text('browser.mjs')).length).toBeLessThan(15 * 1024);
});

test.each([
  ['index.cjs', 'const { RealtimeClient } = require(process.argv[1]);'],
  ['index.mjs', 'const { RealtimeClient } = await import(process.argv[1]);'],
  ['browser.mjs', 'const { RealtimeClient } = await import(process.argv[1]);'],
])('given %s, when Node loads it, then a client can be created', (file, load) => {
  const use = `${load}
    const client = new RealtimeClient({ url: 'ws://127.0.0.1:1/', token: 'abc', webSocket: class {} });
    client.close();
    console.log(client.state);`;
  const args = file.endsWith('cjs') ? ['-e'] : ['--input-type=module', '-e'];
  const { stdout, stderr } = spawnSync(process.execPath, [...args, use, path.join(dist, file)], { encoding: 'utf8' });
  expect([stdout.trim(), stderr]).toEqual(['closed', '']);
});

test.each([
  ['token.cjs', 'const { mintToken } = require(process.argv[1]);', 'commonjs'],
  ['token.mjs', 'const { mintToken } = await import(process.argv[1]);', 'module'],
])('given %s, when Node loads it, then a token can be minted', (file, load, kind) => {
  const use = `${load}
    mintToken({ secret: 's'.repeat(32), clientId: 'a', capabilities: {}, expiresIn: 1 }).then((token) => console.log(token));`;
  const args = kind === 'module' ? ['--input-type=module', '-e'] : ['-e'];
  const { stdout, stderr } = spawnSync(process.execPath, [...args, use, path.join(dist, file)], { encoding: 'utf8' });
  expect([stdout.trim().split('.').length, stderr]).toEqual([3, '']);
});

test('every file that package.json names exists', () => {
  const { exports, main, module, types } = JSON.parse(text('../package.json'));
  const files = [main, module, types, ...JSON.stringify(exports).match(/\.\/dist\/[^"]+/g)!];
  expect(files.filter((file: string) => !existsSync(path.join(dist, '..', file)))).toEqual([]);
});
