// DynamoDB Local, the jar that AWS publishes, as engine. It has a license of AWS's own, so it is not bundled.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { LocalError } from '../../support/errors';
import type { DynamoDbEngine } from './engine';
import { HttpCaller } from './http-caller';

/** Environment variable with the directory of `DynamoDBLocal.jar`. */
export const JAR_FOLDER_VARIABLE = 'CDK_REALTIME_DYNAMODB_LOCAL';
const JAR = 'DynamoDBLocal.jar';
/** Directory of the jar in an npm package that contains it. */
const JAR_PACKAGE = path.join('node_modules', 'amplify-dynamodb-simulator', 'emulator');
/** Timeout for the start of the JVM. Milliseconds. */
const START_LIMIT = 30_000;
const DOWNLOAD =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.DownloadingAndRunning.html';

/** The engine with its URL, for benchmarks that call it directly. */
export interface JarEngine extends DynamoDbEngine {
  readonly url: string;
}

export interface JarOptions {
  /** Directory of the jar. @default - that of the environment variable, else that of the npm package found from the working directory upwards */
  readonly folder?: string;
  /** @default 'java', from the path */
  readonly java?: string;
}

/**
 * Starts DynamoDB Local in a JVM, on a private port.
 *
 * @param dataDir directory of the tables. @default - in memory
 * @throws LocalError `engine_unavailable` when the jar or Java is missing
 */
export async function startJar(dataDir?: string, options: JarOptions = {}): Promise<JarEngine> {
  const { folder = findJar(), java = 'java' } = options;
  if (folder === undefined || !existsSync(path.join(folder, JAR))) {
    throw unavailable(
      `${JAR} was not found${folder === undefined ? '' : ` in ${folder}`}. Download it from ${DOWNLOAD} and set ` +
        `${JAR_FOLDER_VARIABLE} to its folder, or run \`npm install --no-save amplify-dynamodb-simulator\`.`,
    );
  }
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const port = await freePort();
  const store = dataDir === undefined ? ['-inMemory'] : ['-dbPath', path.resolve(dataDir)];
  const child = spawn(
    java,
    ['-Djava.library.path=./DynamoDBLocal_lib', '-jar', JAR, '-disableTelemetry', ...store, '-port', String(port)],
    // Its own process group: Ctrl-C must not end the engine before its last calls are answered.
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], detached: process.platform !== 'win32' },
  );
  // A JVM must not outlive the process that started it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const caller = new HttpCaller(port);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    caller.stop();
    await endProcess(child);
  };
  try {
    await waitUntilReady(caller, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, call: (operation, body) => caller.call(operation, body), stop };
}

/** Directory of the jar; undefined when it is not on this machine. */
export function findJar(): string | undefined {
  const named = process.env[JAR_FOLDER_VARIABLE];
  if (named !== undefined && named !== '') return path.resolve(named);
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    const emulator = path.join(folder, JAR_PACKAGE);
    if (existsSync(path.join(emulator, JAR))) return emulator;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** Waits until the engine answers a call. */
async function waitUntilReady(caller: HttpCaller, child: ChildProcess): Promise<void> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk.toString('utf8')}`.slice(-2_000);
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const missing = `No Java runtime was found (${cause.code ?? cause.message}). DynamoDB Local needs Java 17 or later.`;
      reject(unavailable(missing, { cause }));
    });
    child.once('exit', (code, signal) => {
      reject(
        unavailable(
          `DynamoDB Local exited during its start (${signal ?? `exit code ${code ?? '?'}`}). ${stderr.trim()}`,
        ),
      );
    });
  });
  const deadline = Date.now() + START_LIMIT;
  const up = async (): Promise<void> => {
    for (;;) {
      const answer = await caller.call('ListTables', '{}').catch(() => undefined);
      if (answer?.status === 200) return;
      if (Date.now() > deadline) throw unavailable(`DynamoDB Local did not answer within ${START_LIMIT / 1000} s.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.race([up(), failed]);
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill();
  });
}

/** A free port of this machine: DynamoDB Local does not accept port 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port was found');
  return address.port;
}

function unavailable(message: string, options?: ErrorOptions): LocalError {
  return new LocalError('engine_unavailable', message, options);
}
