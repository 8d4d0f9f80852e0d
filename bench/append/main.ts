// `npm run bench:append`: what it takes to give the messages of a channel a gapless order, by our append and by two alternatives.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { printResults, runCommand, wholeNumbers } from '../support/command';
import { type Bench, FUNCTIONS, measure, plan, type Row } from './cells';
import { startDatabase } from './database';
import { unmetRequirements } from './judge';
import { Meter } from './meter';
import { model } from './model';
import { report, type Results } from './report';
import { measureBehind, measureDeaths } from './single';

const HELP = `npm run bench:append -- [--seconds 3] [--latency 5] [--writers 1,4,16,64] [--json]

Appends to the message log with the functions' own code (compare-and-set), with a counter and a put, and with a transaction, to one channel
and to 1,000. All strategies use DynamoDB Local, and tables and rows of the same kind. Requests and capacity units are counted
from the responses. At the end, every log is compared with the acknowledgements.

  --seconds N   duration of each cell
  --latency MS  delay added to each request, since DynamoDB Local is not behind a network. 5 ms is about the time of a request
                to DynamoDB in the same region
  --writers …   concurrent writers of the one channel
  --json        print one JSON document instead of tables

Needs Java 17. Compare ratios and counts; publishes per second depend on the machine. Exits with 1 when an acknowledged message is
lost, duplicated or out of order, or when an uncontended publish takes more than 1 write unit, or more requests than a counter and a
put; with 2 when the bench cannot run.`;

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
  return { seconds, latency, writers: wholeNumbers('writers', values.writers, FUNCTIONS), json: values.json };
}

async function measureAll({ seconds, latency, writers }: Options): Promise<Results> {
  const meter = new Meter();
  const database = await startDatabase(FUNCTIONS, meter);
  // The finally block does not run when a signal ends this process, and the database would keep running.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  try {
    const bench: Bench = { database, meter, latency };
    const cells = plan(writers);
    // This process and the database are slow right after their start. Without a warm-up, the first cells would be slower than others.
    for (const cell of plan([FUNCTIONS]).slice(0, 4)) await measure(bench, cell, 1_000);
    const rows: Row[] = [];
    for (const [i, cell] of cells.entries()) {
      const row = await measure(bench, cell, seconds * 1_000);
      rows.push(row);
      const { group, strategy, publishesPerSecond } = row;
      printLine(`${i + 1}/${cells.length} ${group}, ${strategy}: ${publishesPerSecond.toFixed(0)} publishes/s`);
    }
    printLine('');
    const behind = await measureBehind(bench);
    const deaths = await measureDeaths(bench);
    return { rows, modelled: await model(writers, latency), behind, deaths };
  } finally {
    await database.stop();
  }
}

/** Replaces the line of progress on a terminal. */
function printLine(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\x1b[2K\r${text}`);
}

async function run(options: Options): Promise<number> {
  const { seconds, latency, json } = options;
  const started = Date.now();
  const results = await measureAll(options);
  const found = unmetRequirements(results);
  const text = (): string => {
    const took = ((Date.now() - started) / 1000).toFixed(0);
    return [
      `Node ${process.version}, ${availableParallelism()} cores, DynamoDB Local, ${latency} ms per request, ` +
        `${seconds} s per cell, ${took} s in total`,
      report(results),
      ...found.map((unmet) => `\nUNMET: ${unmet}`),
      ...(found.length === 0 ? ['\nEvery acknowledged message is in its log once, at its place.'] : []),
    ].join('\n');
  };
  printResults({ node: process.version, seconds, latency, ...results, unmetRequirements: found }, text, { json });
  return found.length === 0 ? 0 : 1;
}

runCommand({ help: HELP, readOptions, run });
