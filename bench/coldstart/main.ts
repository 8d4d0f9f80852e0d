// `npm run bench:coldstart`: what a cold start of each function costs, beside an empty handler and the logger alone, all
// loaded in turn in new Node processes of one run. Read the ratios: milliseconds are this machine's.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { App } from 'aws-cdk-lib';
import esbuild from 'esbuild';
import { ChannelOrdering, Namespace, RealtimeNetwork } from '../../lib';
import { runCommand, whole } from '../support/command';
import { median } from '../support/median';
import { table } from '../support/table';

/**
 * Times what a new process takes that loads an empty function: a process that loads one of ours may take so much. By the process,
 * because loading an empty file alone takes so little that the ratio to it is chance. Kilobytes: test/package/bundle-budgets.ts.
 */
const BUDGET = 3;

const HELP = `npm run bench:coldstart -- [--runs 11] [--budget ${BUDGET}] [--json]

Bundles the functions, and loads each in new Node processes, all of them in turn, beside an empty function and the logger alone.
Medians: the time to load the bundle, until what it begins at once is done, and of the whole process, which is also given as times
the empty function's of the same run. Exits with 1 when one takes more than --budget times the empty function's; with 2 when it
can't be run. Takes some 15 seconds, and wants a machine that does little else.`;

const root = path.join(__dirname, '..', '..');
const AWS_REGION = 'eu-west-1';
/** No bundle takes so long to load. Milliseconds. */
const TIMEOUT = 30_000;

interface Options {
  readonly runs: number;
  readonly budget: number;
  readonly json: boolean;
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
  /** The process, of the empty function's. */
  readonly ratio: number;
}

interface Template {
  readonly Resources: Record<string, { Properties?: { Environment?: { Variables?: Record<string, unknown> } } }>;
}

/** The value of a variable; what is known only when deployed is a word. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [separator, parts] = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? [];
  return parts?.map(textOf).join(separator) ?? 'deployed';
}

/** What the constructs set on any function. Loading needs the variables to be there; what they say does not matter. */
function deployedEnvironment(folder: string): Record<string, string> {
  const app = new App({ outdir: path.join(folder, 'assembly'), analyticsReporting: false });
  const namespaces = [Namespace.durable('fifo', { ordering: ChannelOrdering.FIFO })];
  new RealtimeNetwork(app, 'Bench', { regions: [AWS_REGION, 'us-east-1'], namespaces });
  const resources = app.synth().stacks.flatMap(({ template }) => Object.values((template as Template).Resources));
  const variables = resources.flatMap(({ Properties }) => Object.entries(Properties?.Environment?.Variables ?? {}));
  return {
    ...Object.fromEntries(variables.map(([name, value]) => [name, textOf(value)])),
    ...{ AWS_REGION, AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'http://127.0.0.1:9' },
  };
}

/** Writes a handler that is not deployed, to compare with. */
async function reference(folder: string, name: string, contents: string): Promise<Bundle> {
  const file = path.join(folder, name, 'index.js');
  mkdirSync(path.dirname(file));
  await esbuild.build({
    ...{ bundle: true, minify: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'] },
    ...{ outfile: file, stdin: { contents, resolveDir: root } },
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
    ...{ env, encoding: 'utf8', timeout: TIMEOUT },
  });
  // A trace begins with the line that threw, which is a whole bundle here.
  if (status !== 0)
    throw new Error(`${name} can't be loaded: ${/^\w*Error: .*/m.exec(stderr)?.[0] ?? stderr.slice(-300)}`);
  return { loadMs: Number(stdout), processMs: performance.now() - started };
}

/** One row for each bundle; the first is that of the empty function. */
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
  // Once for the disk's cache.
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
      ...{ name, kilobytes: bytes.length / 1024, gzipKilobytes: gzipSync(bytes).length / 1024 },
      loadMs: median((samples[at] ?? []).map(({ loadMs }) => loadMs)),
      ...{ processMs: processOf(at), ratio: processOf(at) / processOf(0) },
    };
  });
}

function report(rows: readonly Row[], { runs, budget }: Options): string {
  const head = ['function', 'KB', 'gzip KB', 'load ms', 'process ms', 'x empty'];
  const cells = rows.map(({ name, kilobytes, gzipKilobytes, loadMs, processMs, ratio }) => [
    ...[name, kilobytes.toFixed(0), gzipKilobytes.toFixed(0)],
    ...[loadMs.toFixed(1), processMs.toFixed(1), ratio.toFixed(2)],
  ]);
  const breaches = rows
    .filter(({ ratio }) => ratio > budget)
    .map(({ name, ratio }) => `BREACH: ${name} takes ${ratio.toFixed(2)} times the empty function, of ${budget}`);
  const title = `Node ${process.version}, medians of ${runs} runs in turn; budget: ${budget} times the empty function`;
  return [title, '', table(head, cells), ...(breaches.length === 0 ? [] : ['', ...breaches])].join('\n');
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      ...{ runs: { type: 'string', default: '11' }, budget: { type: 'string', default: String(BUDGET) } },
      ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    },
  });
  if (values.help) return 'help';
  const budget = Number(values.budget);
  if (!(budget > 0)) throw new Error(`--budget must be a number above 0, got: ${values.budget}`);
  return { runs: whole('runs', values.runs), budget, json: values.json };
}

async function run(options: Options): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'coldstart-'));
  try {
    const rows = await measure(options.runs, folder);
    console.log(options.json ? JSON.stringify({ node: process.version, ...options, rows }) : report(rows, options));
    return rows.every(({ ratio }) => ratio <= options.budget) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

runCommand({ help: HELP, readOptions, run });
