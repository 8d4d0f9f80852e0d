// `npm run bench:charts`: draws results that benches have written with --out, for docs/experiments/performance.md.
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

Draws SVG charts from results that these benches have written with --out FILE:

  npm run bench:fanout   deliveries per CPU second by the number of subscribers; CPU time with the most subscribers; latency of healthy
                         subscribers with 1 % of the connections gone or stuck
  npm run bench:latency  the stages of a publish; duration and price of the functions by memory size
  npm run bench:cost     our own cost of a publish as a share of API Gateway's messages

  --to FOLDER  where to write the charts

Exits with 2 when a file has no such results.`;

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
  if (positionals.length === 0) throw new Error('no file of results was given');
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
