// Runs the commands of steps as child processes, and prints one line for each step.
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism, constants, setPriority } from 'node:os';
import path from 'node:path';
import { type Finished, type Outcome, schedule, type Step } from './schedule';

export const root = path.join(__dirname, '..', '..');

/** The command of an installed package. */
export const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name);

const children = new Set<ChildProcess>();

/** Ends every child process, and what it started, when this process is asked to end. */
function endChildrenWithUs(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const { pid } of children) {
        try {
          process.kill(process.platform === 'win32' ? (pid ?? 0) : -(pid ?? 0), signal);
        } catch {
          // It has ended already.
        }
      }
      process.exit(128 + constants.signals[signal]);
    });
  }
}

function runCommand(
  { name, command: [command = '', ...args], isBackground = false }: Step,
  isVerbose: boolean,
): Promise<Finished> {
  return new Promise((resolve) => {
    const env = { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' };
    const file = command === 'node' ? process.execPath : command;
    // A process group of its own, so that one signal ends all that the command starts.
    const child = spawn(file, args, {
      cwd: root,
      env,
      detached: process.platform !== 'win32',
      shell: process.platform === 'win32' && command !== 'node',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    if (isBackground && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (isVerbose) process.stdout.write(chunk.toString().replace(/^(?=.)/gm, `[${name}] `));
      });
    }
    const end = (ok: boolean): void => {
      children.delete(child);
      resolve({ ok, output });
    };
    child.on('error', (error) => {
      output += String(error);
      end(false);
    });
    child.on('close', (code) => {
      end(code === 0);
    });
  });
}

/** Lines of a step's output that name checks which were skipped, with the reason. */
const skipped = (output: string): readonly string[] => [
  ...new Set(output.split('\n').filter((line) => line.includes('SKIPPED:'))),
];

/** Runs steps on all cores, prints the result and the time of each, and at the end the output of those that failed. */
export async function runSteps(steps: readonly Step[], { isVerbose }: { isVerbose: boolean }): Promise<Outcome[]> {
  endChildrenWithUs();
  const started = Date.now();
  const width = Math.max(...steps.map(({ name }) => name.length));
  const active = new Set<string>();
  const showActive = (): void => {
    if (process.stdout.isTTY) process.stdout.write(`\r\u001B[K${[...active].join(', ')}${active.size > 0 ? ' …' : ''}`);
  };
  const outcomes = await schedule(steps, {
    cores: availableParallelism(),
    run: (step) => runCommand(step, isVerbose),
    onStart: ({ name }) => {
      active.add(name);
      showActive();
    },
    onEnd: ({ name, ok, seconds, output, blockedBy }) => {
      active.delete(name);
      if (process.stdout.isTTY) process.stdout.write('\r\u001B[K');
      const result = blockedBy === undefined ? (ok ? 'ok' : 'FAILED') : `not run, because ${blockedBy} failed`;
      console.log(`${name.padEnd(width)}  ${`${seconds.toFixed(1)} s`.padStart(8)}  ${result}`);
      for (const line of skipped(output)) console.log(`  ${line.trim()}`);
      showActive();
    },
  });
  for (const { name, ok, output, blockedBy } of outcomes) {
    if (!ok && !isVerbose && blockedBy === undefined) console.log(`\n── ${name} ──\n${output.trim()}`);
  }
  console.log(`\nin ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return outcomes;
}
