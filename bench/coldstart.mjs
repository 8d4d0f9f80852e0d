// `npm run bench:coldstart`: what a cold start of each function costs, beside an empty handler and the logger alone, all
// loaded in turn in new Node processes of one run. Read the ratios: milliseconds are this machine's.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import esbuild from 'esbuild';
import { buildAssets, functionNames, root } from '../scripts/assets.mjs';

/** A function above either of these is a breach: what the largest one takes (docs/adr/0008), and some headroom. */
const BUDGET = { kilobytes: 700, ratio: 5 };

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '11' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:coldstart -- [--runs 11] [--json]

For each function: the size of its bundle, the time to load it, and the time of a whole new process that loads it, as a
ratio to one that loads an empty handler. Medians. Exits with 1 when a function is above ${BUDGET.kilobytes} KB or ${BUDGET.ratio} times.`);
  process.exit(0);
}
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs must be a whole number above 0, got: ${values.runs}`);
  process.exit(2);
}

/** What the construct sets on functions; loading needs the variables to be there, not what they say. */
const environment = {
  ...{
    AWS_REGION: 'eu-west-1',
    CONNECTIONS_TABLE: 'c',
    MESSAGES_TABLE: 'm',
    CHANNELS_TABLE: 'n',
    NAMESPACES: '{}',
    TOKEN_SECRET_ARN: 's',
    REQUEST_QUOTA: '10000',
  },
  AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'http://127.0.0.1:9',
};
const folder = mkdtempSync(path.join(tmpdir(), 'coldstart-'));

/** Writes a handler that is not deployed, to compare with. */
async function reference(name, source) {
  const file = path.join(folder, name, 'index.js');
  mkdirSync(path.dirname(file));
  const options = { bundle: true, minify: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'] };
  await esbuild.build({ ...options, outfile: file, stdin: { contents: source, resolveDir: root } });
  return [name, file];
}

const probe = path.join(folder, 'probe.cjs');
writeFileSync(
  probe,
  `const started = process.hrtime.bigint();
if (typeof require(process.argv[2]).handler !== 'function') throw new Error('no handler');
process.stdout.write(String(Number(process.hrtime.bigint() - started) / 1e6));`,
);

function load(file) {
  const started = process.hrtime.bigint();
  const loadMs = execFileSync(process.execPath, ['--no-warnings', probe, file], { env: environment, encoding: 'utf8' });
  return { loadMs: Number(loadMs), processMs: Number(process.hrtime.bigint() - started) / 1e6 };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

await buildAssets();
const bundles = [
  await reference('(empty handler)', 'export async function handler() {}'),
  await reference(
    '(logger alone)',
    `import { Logger } from '@aws-lambda-powertools/logger'; const log = new Logger();
     export async function handler() { log.info('called'); }`,
  ),
  ...functionNames().map((name) => [name, path.join(root, 'assets', name, 'index.js')]),
];
const samples = new Map(bundles.map(([name]) => [name, []]));
for (const [, file] of bundles) load(file); // Once for the disk's cache.
for (let run = 0; run < runs; run++) for (const [name, file] of bundles) samples.get(name).push(load(file));

const empty = median(samples.get('(empty handler)').map(({ processMs }) => processMs));
const rows = bundles.map(([name, file]) => {
  const bytes = readFileSync(file);
  const processMs = median(samples.get(name).map((one) => one.processMs));
  return {
    function: name,
    kilobytes: bytes.length / 1024,
    gzipKilobytes: gzipSync(bytes).length / 1024,
    loadMs: median(samples.get(name).map((one) => one.loadMs)),
    processMs,
    ratio: processMs / empty,
  };
});
const breaches = rows.filter(({ kilobytes, ratio }) => kilobytes > BUDGET.kilobytes || ratio > BUDGET.ratio);

if (values.json) {
  console.log(JSON.stringify({ node: process.version, runs, budget: BUDGET, rows, ok: breaches.length === 0 }));
} else {
  console.log(`Node ${process.version}, medians of ${runs} runs in turn\n`);
  console.log('function           KB   gzip KB   load ms   process ms   x empty');
  for (const { function: name, kilobytes, gzipKilobytes, loadMs, processMs, ratio } of rows) {
    const cells = [
      kilobytes.toFixed(0).padStart(5),
      gzipKilobytes.toFixed(0).padStart(10),
      loadMs.toFixed(1).padStart(10),
      processMs.toFixed(1).padStart(13),
      ratio.toFixed(2).padStart(10),
    ];
    console.log(`${name.padEnd(16)}${cells.join('')}`);
  }
  for (const { function: name } of breaches) console.log(`\nBREACH: ${name} is above the budget`);
}
process.exit(breaches.length === 0 ? 0 : 1);
