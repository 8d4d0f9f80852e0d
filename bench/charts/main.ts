// `npm run bench:charts`: draws what benches have written with --out, for docs/experiments/performance.md.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../support/command';
import type { Costs } from '../cost/report';
import type { Results } from '../fanout/report';
import type { Summary } from '../latency/report';
import { costCharts } from './cost';
import { fanoutCharts } from './fanout';
import { latencyCharts } from './latency';

const HELP = `npm run bench:charts -- results.json … [--to .]

Draws charts as SVG from what these have written with --out FILE:

  npm run bench:fanout   deliveries for a second of CPU by the number of subscribers, CPU time with the most of them, and how late
                         the healthy are with one of a hundred gone or stuck
  npm run bench:latency  the stages of a publish, and what memory makes of the functions
  npm run bench:cost     what a publish costs beside API Gateway's messages

Exits with 2 when a file is none of these.`;

interface Options {
  readonly files: readonly string[];
  readonly to: string;
}

/** Charts by file name. */
function draw(file: string): ReadonlyMap<string, string> {
  const results = JSON.parse(readFileSync(file, 'utf8')) as object;
  if ('titles' in results) return fanoutCharts(results as Results);
  if ('functions' in results) return latencyCharts(results as Summary);
  if ('operations' in results) return costCharts(results as Costs);
  throw new Error(`${file} has no results of bench:fanout, bench:latency or bench:cost`);
}

function readOptions(): Options | 'help' {
  const { values, positionals } = parseArgs({
    options: { to: { type: 'string', default: '.' }, help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.help) return 'help';
  if (positionals.length === 0) throw new Error('a file of results is needed');
  return { files: positionals, to: values.to };
}

function run({ files, to }: Options): Promise<number> {
  for (const [name, text] of files.flatMap((file) => [...draw(file)])) {
    writeFileSync(path.join(to, name), text);
    console.log(path.join(to, name));
  }
  return Promise.resolve(0);
}

runCommand({ help: HELP, readOptions, run });
