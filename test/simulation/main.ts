// The command behind `npm run sim`: many schedules over all cores, or one with its trace. scripts/sim.ts bundles it.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runSchedule } from './schedule';
import { remainingFaults, shrink } from './shrink';
import { addSchedule, addTotals, type Failure, noTotals, type Totals } from './totals';

const HELP = `npm run sim -- [--seeds 200] [--first 1] [--minutes M] [--workers N] [--json]
npm run sim -- --seed S [--trace]

Runs schedules of a simulated network: the real core of the functions, their adapters and the client's core, with everything
around them simulated, one seed a schedule. Prints schedules per second, what was delivered, faults by kind, and every broken
promise. A failing seed is shrunk, and what happened in it is printed. Exits with 1 when a promise was broken.

  --seeds N     so many schedules
  --first S     seeds S, S + 1, …
  --minutes M   stop after M minutes, however many schedules that was
  --stop        stop at the first failure
  --workers N   processes at once (default: one a core)
  --seed S      one schedule
  --trace       everything that happens in it
  --json        one line of JSON instead of text`;

interface Job {
  readonly first: number;
  readonly step: number;
  readonly end: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly stop: boolean;
}

async function work({ first, step, end, until, stop }: Job, progress: (totals: Totals) => void): Promise<Totals> {
  const totals = noTotals();
  let told = Date.now();
  for (let seed = first; seed < end && Date.now() < until; seed += step) {
    addSchedule(totals, seed, await runSchedule(seed));
    if (stop && totals.failures.length > 0) break;
    if (Date.now() - told < 2_000) continue;
    told = Date.now();
    progress(totals);
  }
  return totals;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      first: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
      seed: { type: 'string' },
      ...({ trace: { type: 'boolean' }, stop: { type: 'boolean' } } as const),
      ...({ json: { type: 'boolean' }, help: { type: 'boolean' } } as const),
    },
  });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const number = (name: 'seeds' | 'first' | 'minutes' | 'workers' | 'seed', fallback: number): number => {
    const value = Number(values[name] ?? fallback);
    if (!(value >= 0)) throw new Error(`--${name} must be a number, got: ${values[name]}`);
    return value;
  };
  if (values.seed !== undefined) return one(number('seed', 0), values.trace === true, values.json === true);

  const seeds = number('seeds', 200);
  const first = number('first', 1);
  const workers = Math.max(1, Math.min(number('workers', 1), seeds));
  const until = values.minutes === undefined ? Number.MAX_SAFE_INTEGER : Date.now() + number('minutes', 0) * 60_000;
  const started = Date.now();
  const partial = new Map<number, number>();
  const parts = await Promise.all(
    Array.from({ length: workers }, (_, i) => {
      const job: Job = { first: first + i, step: workers, end: first + seeds, until, stop: values.stop === true };
      return startWorker(job, (schedules) => {
        partial.set(i, schedules);
        const done = [...partial.values()].reduce((a, b) => a + b, 0);
        if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${seeds} schedules `);
      });
    }),
  );
  const totals = noTotals();
  for (const part of parts) addTotals(totals, part);
  totals.failures.sort((a, b) => a.seed - b.seed);
  const seconds = (Date.now() - started) / 1000;
  if (values.json === true) console.log(JSON.stringify({ ok: totals.failures.length === 0, seconds, ...totals }));
  else await print(totals, seconds);
  return totals.failures.length === 0 ? 0 : 1;
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

/** One schedule: what it was made of, and what came of it. */
async function one(seed: number, trace: boolean, json: boolean): Promise<number> {
  const result = await runSchedule(
    seed,
    undefined,
    trace
      ? (line): void => {
          console.log(line);
        }
      : undefined,
  );
  const failed = result.problems.length > 0 || result.crash !== undefined;
  if (json) console.log(JSON.stringify({ ok: !failed, ...result }));
  else {
    console.log(JSON.stringify(result.plan, undefined, 2));
    console.log(`${result.delivered} delivered, ${result.stored} entries stored, ${result.events} events`);
    for (const { kind, message } of result.problems) console.log(`${kind}: ${message}`);
    if (result.crash !== undefined) console.log(result.crash);
    console.log(failed ? 'a promise was broken' : 'every promise was kept');
  }
  return failed ? 1 : 0;
}

async function print(totals: Totals, seconds: number): Promise<void> {
  const { schedules, delivered, acknowledged, stored, events } = totals;
  const rate = (count: number): string => (count / seconds).toFixed(0);
  console.log(
    `${schedules} schedules in ${seconds.toFixed(0)} s: ${rate(schedules)} a second, ${rate(events)} events a second`,
  );
  console.log(`${delivered} messages delivered, ${stored} entries stored, ${acknowledged} publishes acknowledged\n`);
  const injected = Object.entries(totals.faults).filter(([, count]) => count > 0);
  console.log(`${injected.length} of ${Object.keys(totals.faults).length} kinds of fault happened:`);
  printCounts(injected);
  console.log('\nCursors of one region that another answered, by the state of replication:');
  printCounts(Object.entries(totals.moves));
  console.log('\nBroken promises:');
  printCounts(Object.entries(totals.problems));
  const [first] = totals.failures;
  if (first === undefined) console.log('\nEvery promise was kept.');
  else await explain(first, totals.failures);
}

function printCounts(counts: readonly (readonly [name: string, count: number])[]): void {
  for (const [name, count] of counts) console.log(`  ${name.padEnd(28)}${String(count).padStart(9)}`);
}

async function explain(first: Failure, all: readonly Failure[]): Promise<void> {
  console.log(
    `\n${all.length} schedules failed: seeds ${all
      .slice(0, 20)
      .map(({ seed }) => seed)
      .join(', ')}`,
  );
  console.log(`Shrinking seed ${first.seed} (${first.kind}) …`);
  const { problem, trace, reduction, runs } = await shrink(first.seed, first.kind);
  const { plan } = await runSchedule(first.seed, reduction);
  console.log(
    `after ${runs} runs, to a scale of ${reduction.scale}, with ${remainingFaults(reduction, plan.rates).join(', ') || 'no faults'}\n`,
  );
  for (const line of trace) console.log(line);
  console.log(`\n${problem.kind}: ${problem.message}`);
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
  void work(workerData as Job, (totals) => {
    post(totals, false);
  }).then((totals) => {
    post(totals, true);
  });
}
