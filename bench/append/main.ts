// `npm run bench:append`: what it takes to give a channel's messages a dense order, ours beside two others, in one run.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Bench, FUNCTIONS, measure, plan, type Row } from './cells';
import { startDatabase } from './database';
import { breaches } from './judge';
import { Meter } from './meter';
import { model } from './model';
import { report, type Results } from './report';
import { measureBehind, measureDeaths } from './single';

const HELP = `npm run bench:append -- [--seconds 3] [--latency 5] [--writers 1,4,16,64] [--json]

Appends to the log with the functions' own code (compare-and-set), with a counter and a put, and with a transaction: on
one channel and on 1,000, all against DynamoDB Local, the jar, on tables and rows of one kind, in one run. Requests and
capacity units are counted from the answers. Afterwards every log is read, and compared with what was acknowledged.

  --seconds N   how long each cell is measured
  --latency MS  added to each request, as DynamoDB Local is no network away: about what a request to DynamoDB takes
                in the same region
  --writers …   how many write to the one channel at once
  --json        one JSON document instead of tables

Needs Java 17. Read ratios and counts: publishes a second are this machine's. Exits with 1 when an acknowledged message is
lost, there twice, or out of order, or when an uncontended publish takes more than 1 write unit or more requests than
a counter and a put; with 2 when it can't be run.`;

interface Options {
  readonly seconds: number;
  readonly latency: number;
  readonly writers: readonly number[];
  readonly json: boolean;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '3' },
      latency: { type: 'string', default: '5' },
      writers: { type: 'string', default: '1,4,16,64' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, got: ${values.seconds}`);
  const latency = Number(values.latency);
  if (values.latency === '' || !(latency >= 0))
    throw new Error(`--latency must be a number, 0 or more, got: ${values.latency}`);
  const writers = values.writers.split(',').map(Number);
  if (!writers.every((many) => Number.isInteger(many) && many >= 1 && many <= FUNCTIONS))
    throw new Error(`--writers must be whole numbers from 1 to ${FUNCTIONS} with commas, got: ${values.writers}`);
  return { seconds, latency, writers, json: values.json };
}

async function run({ seconds, latency, writers }: Options, say: (text: string) => void): Promise<Results> {
  const meter = new Meter();
  const database = await startDatabase(FUNCTIONS, meter);
  try {
    const bench: Bench = { database, meter, latency };
    const cells = plan(writers);
    // Two processes that have just started are slow: the first cells would pay for it.
    for (const cell of plan([FUNCTIONS]).slice(0, 4)) await measure(bench, cell, 1_000);
    const rows: Row[] = [];
    for (const [i, cell] of cells.entries()) {
      const row = await measure(bench, cell, seconds * 1_000);
      rows.push(row);
      const { group, strategy, publishesPerSecond } = row;
      say(`${i + 1}/${cells.length} ${group}, ${strategy}: ${publishesPerSecond.toFixed(0)} publishes/s`);
    }
    const [behind, deaths] = [await measureBehind(bench), await measureDeaths(bench)];
    return { rows, modelled: await model(writers, latency), behind, deaths };
  } finally {
    await database.stop();
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const started = Date.now();
  const results = await run(options, (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\x1b[2K\r${text}`);
  });
  if (process.stderr.isTTY) process.stderr.write('\x1b[2K\r');
  const found = breaches(results);
  if (options.json) {
    const { seconds, latency } = options;
    console.log(JSON.stringify({ node: process.version, seconds, latency, ...results, breaches: found }));
  } else {
    const took = ((Date.now() - started) / 1000).toFixed(0);
    console.log(
      `Node ${process.version}, ${availableParallelism()} cores, DynamoDB Local, ${options.latency} ms a request, ` +
        `${options.seconds} s a cell, ${took} s in all`,
    );
    console.log(report(results));
    for (const text of found) console.log(`\nBREACH: ${text}`);
    if (found.length === 0) console.log('\nEvery acknowledged message is in its log once, in its place.');
  }
  return found.length === 0 ? 0 : 1;
}

// The database must not outlive us; it ends when we exit, but not when a signal ends us.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
void main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  },
);
