// `npm run bench:coldstart`: what a cold start of each function costs, beside an empty handler and the logger alone, all
// loaded in turn in new Node processes of one run. Read the ratios: milliseconds are this machine's.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import esbuild from 'esbuild';
import { buildAssets, functionNames, root } from '../scripts/assets.mjs';

/**
 * Times what a new process takes that loads an empty function: a process that loads one of ours may take so much. By the process,
 * because loading an empty file alone takes so little that the ratio to it is chance. Kilobytes: test/package/bundle-budgets.ts.
 */
const BUDGET = 3;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '11' },
    budget: { type: 'string', default: String(BUDGET) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:coldstart -- [--runs 11] [--budget ${BUDGET}] [--json]

Bundles the functions, and loads each in new Node processes, all of them in turn, beside an empty function and the logger alone.
Medians: the time to load the bundle, until what it begins at once is done, and of the whole process, which is also given as times
the empty function's of the same run. Exits with 1 when one takes more than --budget times the empty function's. Takes
some 15 seconds, and wants a machine that does little else.`);
  process.exit(0);
}
const [runs, budget] = [Number(values.runs), Number(values.budget)];
if (!Number.isInteger(runs) || runs < 1 || !(budget > 0)) {
  console.error(
    `--runs must be a whole number above 0, and --budget a number above 0, got: ${values.runs}, ${values.budget}`,
  );
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
setImmediate(() => process.stdout.write(String(Number(process.hrtime.bigint() - started) / 1e6)));`,
);

function load(name, file) {
  const started = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', probe, file], {
    ...{ env: environment, encoding: 'utf8' },
  });
  if (status !== 0) {
    // A trace begins with the line that threw, which is a whole bundle here.
    console.error(`${name} can't be loaded: ${/^\w*Error: .*/m.exec(stderr)?.[0] ?? stderr.slice(-300)}`);
    process.exit(2);
  }
  return { loadMs: Number(stdout), processMs: Number(process.hrtime.bigint() - started) / 1e6 };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

await buildAssets();
const bundles = [
  await reference('(empty)', 'export async function handler() {}'),
  await reference(
    '(logger alone)',
    `import { Logger } from '@aws-lambda-powertools/logger'; const log = new Logger();
     export async function handler() { log.info('called'); }`,
  ),
  ...functionNames().map((name) => [name, path.join(root, 'assets', name, 'index.js')]),
];
const samples = new Map(bundles.map(([name]) => [name, []]));
for (const [name, file] of bundles) load(name, file); // Once for the disk's cache.
for (let run = 0; run < runs; run++) for (const [name, file] of bundles) samples.get(name).push(load(name, file));

const medianOf = (name, what) => median(samples.get(name).map((one) => one[what]));
const [EMPTY] = bundles[0];
const rows = bundles.map(([name, file]) => {
  const bytes = readFileSync(file);
  const [loadMs, processMs] = [medianOf(name, 'loadMs'), medianOf(name, 'processMs')];
  return {
    function: name,
    ...{ kilobytes: bytes.length / 1024, gzipKilobytes: gzipSync(bytes).length / 1024 },
    ...{ loadMs, processMs, ratio: processMs / medianOf(EMPTY, 'processMs') },
  };
});
const breaches = rows.filter(({ ratio }) => ratio > budget);

if (values.json) {
  console.log(JSON.stringify({ node: process.version, runs, budget, rows, ok: breaches.length === 0 }));
} else {
  console.log(`Node ${process.version}, medians of ${runs} runs in turn; budget: ${budget} times the empty function\n`);
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
  for (const { function: name, ratio } of breaches)
    console.log(`\nBREACH: ${name} takes ${ratio.toFixed(2)} times the empty function, and the budget is ${budget}`);
}
process.exit(breaches.length === 0 ? 0 : 1);
