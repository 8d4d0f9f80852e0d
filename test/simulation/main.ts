// The command behind `npm run sim`: runs many schedules on all cores, or one schedule with its trace. scripts/sim.ts bundles it.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { isFailure, printSchedule, printTotals } from './output';
import { overBudget } from './lateness-totals';
import { PROFILES, type Profile } from './profiles';
import { runSchedule } from './schedule';
import { addSchedule, addTotals, noTotals, type Totals } from './totals';

const HELP = `npm run sim -- [--profile P] [--seeds 200] [--first 1] [--minutes M] [--workers N] [--stop] [--json]
npm run sim -- --seed S [--profile P] [--trace] [--json]

Simulates networks of one to three regions with faults, and checks every delivery. The functions' core, their adapters and the
client's core run unchanged; tables, API Gateway, queues, network and clocks are simulated. A seed determines a schedule: the
regions, clients, messages and faults of one run.

Prints the number of messages, the faults by kind, and every broken guarantee. Shrinks the first failing schedule and prints its
trace. Exits with 1 when a guarantee was broken.

  --profile P   kind of schedules: ${Object.keys(PROFILES).join(', ')} (default: default)
  --seeds N     number of schedules (default: 200)
  --first S     first seed; the others follow it (default: 1)
  --minutes M   stop after M minutes, even if seeds remain
  --stop        stop at the first failure
  --workers N   worker threads (default: one per core)
  --seed S      run one schedule, and print its parameters
  --trace       with --seed: print every event after its time in seconds; faults start with !
  --json        print one line of JSON instead of text`;

interface Job {
  readonly profile: Profile;
  readonly first: number;
  readonly step: number;
  readonly end: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly stopAtFailure: boolean;
}

/** Runs the schedules of one worker. */
async function runJob(
  { profile, first, step, end, until, stopAtFailure }: Job,
  progress: (totals: Totals) => void,
): Promise<Totals> {
  const totals = noTotals();
  let lastReport = Date.now();
  for (let seed = first; seed < end && Date.now() < until; seed += step) {
    addSchedule(totals, seed, await runSchedule(seed, { profile }));
    if (stopAtFailure && totals.failures.length > 0) break;
    if (Date.now() - lastReport < 2_000) continue;
    lastReport = Date.now();
    progress(totals);
  }
  return totals;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      profile: { type: 'string', default: 'default' },
      seeds: { type: 'string', default: '200' },
      first: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const number = (name: 'seeds' | 'first' | 'minutes' | 'workers' | 'seed', fallback: number): number => {
    const value = Number(values[name] ?? fallback);
    if (!(value >= 0)) throw new Error(`--${name} must be a number of at least 0, got: ${values[name]}`);
    return value;
  };
  const { trace, stop: stopAtFailure, json } = values;
  const profile = profileOf(values.profile);
  if (values.seed !== undefined) return runOne(number('seed', 0), { profile, trace, json });

  const seeds = number('seeds', 200);
  if (seeds === 0) throw new Error('--seeds must be at least 1');
  const first = number('first', 1);
  const workers = Math.max(1, Math.min(number('workers', 1), seeds));
  const until = values.minutes === undefined ? Number.MAX_SAFE_INTEGER : Date.now() + number('minutes', 0) * 60_000;
  const started = Date.now();
  const totals = await runWorkers(workers, { profile, first, end: first + seeds, until, stopAtFailure });
  const seconds = (Date.now() - started) / 1000;
  const isOk = totals.failures.length === 0 && overBudget(totals.lateness).length === 0;
  if (json) console.log(JSON.stringify({ ok: isOk, seconds, ...totals }));
  else await printTotals(totals, seconds, { profile });
  return isOk ? 0 : 1;
}

function profileOf(name: string): Profile {
  if (name in PROFILES) return name as Profile;
  throw new Error(`--profile must be one of ${Object.keys(PROFILES).join(', ')}, got: ${name}`);
}

/** Runs the schedules on several workers, each of which takes every n-th seed. */
async function runWorkers(workers: number, job: Omit<Job, 'step'>): Promise<Totals> {
  const progress = new Map<number, number>();
  const parts = await Promise.all(
    Array.from({ length: workers }, (_, i) =>
      startWorker({ ...job, first: job.first + i, step: workers }, (schedules) => {
        progress.set(i, schedules);
        const done = [...progress.values()].reduce((a, b) => a + b, 0);
        if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${job.end - job.first} schedules `);
      }),
    ),
  );
  const totals = noTotals();
  for (const part of parts) addTotals(totals, part);
  totals.failures.sort((a, b) => a.seed - b.seed);
  return totals;
}

function startWorker(job: Job, progress: (schedules: number) => void): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: job, execArgv: ['--no-warnings'] });
    worker.on('message', ({ totals, done }: { totals: Totals; done: boolean }) => {
      progress(totals.schedules);
      if (done) resolve(totals);
    });
    worker.on('error', reject);
  });
}

/** Runs one schedule, and prints its parameters and its result. */
async function runOne(
  seed: number,
  { profile, trace, json }: { profile: Profile; trace: boolean; json: boolean },
): Promise<number> {
  const printLine = (line: string): void => {
    console.log(line);
  };
  const result = await runSchedule(seed, { profile, trace: trace ? printLine : undefined });
  if (json) console.log(JSON.stringify({ ok: !isFailure(result), ...result }));
  else printSchedule(result);
  return isFailure(result) ? 1 : 0;
}

if (isMainThread) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 2;
    },
  );
} else {
  const post = (totals: Totals, done: boolean): void => parentPort?.postMessage({ totals, done });
  void runJob(workerData as Job, (totals) => {
    post(totals, false);
  }).then((totals) => {
    post(totals, true);
  });
}
