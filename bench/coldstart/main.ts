// `npm run bench:coldstart`: the time of a cold start of each function, compared with an empty handler and a handler that only has the
// logger. All are loaded in turn in new Node processes. Compare the ratios; milliseconds depend on the machine.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { App } from 'aws-cdk-lib';
import esbuild from 'esbuild';
import { ChannelOrdering, Namespace, RealtimeNetwork } from '../../lib';
import { type Output, printResults, runCommand, wholeNumber } from '../support/command';
import { median } from '../support/median';
import { table } from '../support/table';

/**
 * Budget: the time of a new process that loads a function, as a multiple of a process that loads an empty function. Whole processes
 * are compared, because loading an empty file is so fast that a ratio to it is random. Budgets of sizes: test/package/bundle-budgets.ts.
 */
const BUDGET = 3;

const HELP = `npm run bench:coldstart -- [--runs 11] [--budget ${BUDGET}] [--json]

Bundles the functions, and loads each in new Node processes, in turn with an empty function and one that only has the logger. Prints
medians: the time of loading the bundle and of the work that it starts immediately, and the time of the whole process, also as a multiple
of the empty function's.

  --runs N    processes for each function
  --budget N  maximum time of a process, as a multiple of the empty function's
  --json      print one JSON document instead of a table

Exits with 1 when a function exceeds the budget; with 2 when the bench cannot run. Takes about 15 seconds on a machine that does
nothing else.`;

const root = path.join(__dirname, '..', '..');
const AWS_REGION = 'eu-west-1';
/** Maximum time of a process. Milliseconds. */
const TIMEOUT = 30_000;

interface Options extends Output {
  readonly runs: number;
  readonly budget: number;
}

interface Bundle {
  readonly name: string;
  readonly file: string;
}

interface Sample {
  readonly loadMs: number;
  readonly processMs: number;
}

interface Row extends Sample {
  readonly name: string;
  readonly kilobytes: number;
  readonly gzipKilobytes: number;
  /** Time of the process as a multiple of the empty function's. */
  readonly ratio: number;
}

interface Template {
  readonly Resources: Record<string, { Properties?: { Environment?: { Variables?: Record<string, unknown> } } }>;
}

/** The value of a variable. Values that are known only after a deploy become a fixed word. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [separator, parts] = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? [];
  return parts?.map(textOf).join(separator) ?? 'deployed';
}

/** The environment variables of all functions. Bundles need them to be set when they load; the values do not matter. */
function deployedEnvironment(folder: string): Record<string, string> {
  const app = new App({ outdir: path.join(folder, 'assembly'), analyticsReporting: false });
  const namespaces = [Namespace.durable('fifo', { ordering: ChannelOrdering.FIFO })];
  new RealtimeNetwork(app, 'Bench', { regions: [AWS_REGION, 'us-east-1'], namespaces });
  const resources = app.synth().stacks.flatMap(({ template }) => Object.values((template as Template).Resources));
  const variables = resources.flatMap(({ Properties }) => Object.entries(Properties?.Environment?.Variables ?? {}));
  return {
    ...Object.fromEntries(variables.map(([name, value]) => [name, textOf(value)])),
    AWS_REGION,
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'http://127.0.0.1:9',
  };
}

/** Bundles a handler for comparison. */
async function reference(folder: string, name: string, contents: string): Promise<Bundle> {
  const file = path.join(folder, name, 'index.js');
  mkdirSync(path.dirname(file));
  await esbuild.build({
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    outfile: file,
    stdin: { contents, resolveDir: root },
  });
  return { name, file };
}

function deployed(): readonly Bundle[] {
  const assets = path.join(root, 'assets');
  return readdirSync(assets)
    .map((name) => ({ name, file: path.join(assets, name, 'index.js') }))
    .filter(({ file }) => existsSync(file));
}

const PROBE = `const started = process.hrtime.bigint();
if (typeof require(process.argv[2]).handler !== 'function') throw new Error('no handler');
setImmediate(() => process.stdout.write(String(Number(process.hrtime.bigint() - started) / 1e6)));`;

function load({ name, file }: Bundle, probe: string, env: NodeJS.ProcessEnv): Sample {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', probe, file], {
    env,
    encoding: 'utf8',
    timeout: TIMEOUT,
  });
  // A stack trace begins with the line that threw, which is the whole bundle here, so only the message is shown.
  if (status !== 0)
    throw new Error(`${name} can't be loaded: ${/^\w*Error: .*/m.exec(stderr)?.[0] ?? stderr.slice(-300)}`);
  return { loadMs: Number(stdout), processMs: performance.now() - started };
}

/** One row for each bundle. The first is that of the empty function. */
async function measure(runs: number, folder: string): Promise<readonly Row[]> {
  const probe = path.join(folder, 'probe.cjs');
  writeFileSync(probe, PROBE);
  const env = deployedEnvironment(folder);
  const logger = `import { Logger } from '@aws-lambda-powertools/logger'; const log = new Logger();
    export async function handler() { log.info('called'); }`;
  const bundles = [
    await reference(folder, '(empty)', 'export async function handler() {}'),
    await reference(folder, '(logger alone)', logger),
    ...deployed(),
  ];
  // Fills the disk cache.
  for (const bundle of bundles) load(bundle, probe, env);
  const samples = bundles.map((): Sample[] => []);
  for (let run = 0; run < runs; run++)
    bundles.forEach((bundle, at) => {
      samples[at]?.push(load(bundle, probe, env));
    });
  const processOf = (at: number): number => median((samples[at] ?? []).map(({ processMs }) => processMs));
  return bundles.map(({ name, file }, at) => {
    const bytes = readFileSync(file);
    return {
      name,
      kilobytes: bytes.length / 1024,
      gzipKilobytes: gzipSync(bytes).length / 1024,
      loadMs: median((samples[at] ?? []).map(({ loadMs }) => loadMs)),
      processMs: processOf(at),
      ratio: processOf(at) / processOf(0),
    };
  });
}

function report(rows: readonly Row[], { runs, budget }: Options): string {
  const head = ['function', 'KB', 'gzip KB', 'load ms', 'process ms', 'x empty'];
  const cells = rows.map(({ name, kilobytes, gzipKilobytes, loadMs, processMs, ratio }) => [
    name,
    kilobytes.toFixed(0),
    gzipKilobytes.toFixed(0),
    loadMs.toFixed(1),
    processMs.toFixed(1),
    ratio.toFixed(2),
  ]);
  const breaches = rows
    .filter(({ ratio }) => ratio > budget)
    .map(
      ({ name, ratio }) =>
        `BREACH: ${name} takes ${ratio.toFixed(2)} times the empty function; the budget is ${budget}`,
    );
  const title = `Node ${process.version}, medians of ${runs} runs in turn; budget: ${budget} times the empty function`;
  return [title, '', table(head, cells), ...(breaches.length === 0 ? [] : ['', ...breaches])].join('\n');
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '11' },
      budget: { type: 'string', default: String(BUDGET) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const budget = Number(values.budget);
  if (!(budget > 0)) throw new Error(`--budget must be a number above 0, got: ${values.budget}`);
  return { runs: wholeNumber('runs', values.runs), budget, json: values.json };
}

async function run(options: Options): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'coldstart-'));
  try {
    const rows = await measure(options.runs, folder);
    printResults({ node: process.version, ...options, rows }, () => report(rows, options), options);
    return rows.every(({ ratio }) => ratio <= options.budget) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

runCommand({ help: HELP, readOptions, run });
