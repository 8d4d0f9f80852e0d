// Runs the built CLI as a separate process.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../templates/assembly';
import { builtCli } from '../built';
import { until } from '../until';

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Output of `dev --json`. */
export interface Ready {
  readonly ready: true;
  readonly page: string;
  readonly regions: readonly {
    readonly region: string;
    readonly ws: string;
    readonly http: string;
    readonly aws: string;
  }[];
  readonly endpoints: Readonly<Record<string, string>>;
  readonly stacks: readonly {
    readonly name: string;
    readonly region: string;
    readonly outputs: Readonly<Record<string, string>>;
  }[];
  readonly apis: readonly {
    readonly region: string;
    readonly stack: string;
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly stage: string;
    readonly url: string;
  }[];
  readonly token: string;
}

export interface Running {
  readonly ready: Ready;
  readonly folder: string;
  /** Ends the process, and waits for its exit. */
  stop(signal?: NodeJS.Signals): Promise<Result>;
}

/** Commands that a failed test left running. */
const running = new Set<RunningCommand>();
afterAll(() => {
  for (const one of running) one.kill('SIGKILL');
});

export class RunningCommand {
  public stdout = '';
  public stderr = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  public constructor(
    args: readonly string[],
    folder: string,
    input?: string,
    env: Readonly<Record<string, string>> = {},
  ) {
    // A process group of its own identifies its child processes.
    const how = { cwd: folder, detached: true, env: { ...process.env, ...env } };
    this.child = spawn(process.execPath, [builtCli(), ...args], how);
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
    running.add(this);
    void this.ended.then(() => running.delete(this));
    if (input === undefined) this.child.stdin?.end();
    else this.child.stdin?.end(input);
  }

  public get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Whether any process of its group still runs. */
  public get hasLeftProcesses(): boolean {
    try {
      return process.kill(-(this.child.pid ?? 0), 0);
    } catch {
      return false;
    }
  }

  public kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  public async result(): Promise<Result> {
    const code = await this.ended;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Runs a command until it exits. */
export function run(
  args: readonly string[],
  { folder, input, env }: { folder?: string; input?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Result> {
  return new RunningCommand(args, folder ?? emptyFolder(), input, env).result();
}

/** The error that a command reported with `--json`: the last line of its standard error. */
export function errorOf({ stderr }: Result): { code: number; name: string; message: string; help: string } {
  return JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error;
}

/** Starts the local cloud with an assembly, in a new directory unless one is given, and waits until it is ready. */
export async function startDev(
  assembly: string,
  args: readonly string[] = [],
  folder = emptyFolder(),
): Promise<Running> {
  const given = args.includes('--app') ? args : ['--assembly', assembly, ...args];
  const command = new RunningCommand(['dev', '--json', '--port', '0', ...given], folder);
  await until(() => command.stdout.includes('\n') || !command.isRunning, 'dev is ready');
  if (!command.isRunning) throw new Error(`dev ended: ${command.stderr}`);
  return {
    ready: JSON.parse(command.stdout),
    folder,
    stop: async (signal = 'SIGTERM') => {
      command.kill(signal);
      const result = await command.result();
      if (command.hasLeftProcesses) throw new Error('processes are left');
      return result;
    },
  };
}

export function emptyFolder(): string {
  return temporaryFolder('cli');
}

/** Writes the file through which `dev` passes its endpoints to the other commands. */
export function writeDevFile(folder: string, content: string): void {
  mkdirSync(path.join(folder, '.cdk-realtime'));
  writeFileSync(path.join(folder, '.cdk-realtime', 'dev.json'), content);
}
