// `npx cdk synth` in a clone in which only `npm ci` has been run.
import { spawnSync } from 'node:child_process';
import { cpSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../support/templates/assembly';
import { root } from '../support/root';

const clone = temporaryFolder('clone');

function synth(): { status: number | null; stdout: string; stderr: string } {
  const cdk = path.join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const env = { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' };
  return spawnSync(process.execPath, [cdk, 'synth', 'Example/eu-west-1', '--no-notices'], {
    cwd: clone,
    env,
    encoding: 'utf8',
  });
}

/** Modification time of a function's bundle. Milliseconds since 1970. */
const builtAt = (): number => statSync(path.join(clone, 'assets', 'message', 'index.js')).mtimeMs;

beforeAll(() => {
  for (const part of ['bin', 'cdk.json', 'lambda', 'lib', 'package.json', 'package-lock.json', 'protocol', 'scripts']) {
    cpSync(path.join(root, part), path.join(clone, part), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(clone, 'node_modules'), 'dir');
});

test('given a fresh clone, when cdk synth runs, then it bundles the functions, again only after a change, and prints only the template', () => {
  const first = synth();
  expect({ status: first.status, stderr: first.stderr }).toMatchObject({ status: 0 });
  expect(first.stdout).toMatch(/^Resources:/m);
  expect(first.stdout).not.toContain('assets/message/index.js');
  const built = builtAt();

  expect(synth().status).toBe(0);
  expect(builtAt()).toBe(built);

  const later = new Date(Date.now() + 1_000);
  utimesSync(path.join(clone, 'protocol', 'frames.ts'), later, later);
  expect(synth().status).toBe(0);
  expect(builtAt()).toBeGreaterThan(built);
}, 60_000);
