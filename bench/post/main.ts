// `npm run bench:post`: CPU time of a post to a connection, for our client, its references and the AWS SDK.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand, printResults, wholeNumber } from '../support/command';
import { table } from '../support/table';
import { measure, type MeasureOptions } from './measure';
import {
  judge,
  MAX_HTTPS_OF_UNDICI,
  MAX_OF_UNDICI,
  MIN_SDK_OF_OURS,
  type Row,
  rowsOf,
  type Summary,
  type Verdict,
} from './numbers';

const HELP = `npm run bench:post -- [--runs 5] [--posts 20000] [--bytes 200] [--in-flight 64] [--json]

Measures the CPU time of a post to a connection, over TLS, to a server in another process that answers as API Gateway does. Contenders:
unsigned undici (the reference), node:https with a keep-alive agent, unsigned and signed, our client, and the SDK, tuned and as code
samples use it. Each contender runs in a process of its own, bundled as functions are. Credentials have a session token, as those of
functions do. A run measures every contender once; ratios are taken within a run, and their medians are judged.

  --runs N       runs
  --posts N      posts of a contender in a run; contenders of the SDK make a tenth of them
  --bytes N      bytes of a frame
  --in-flight N  concurrent posts, and sockets
  --json         print one JSON document instead of a table

Exits with 1 when our client takes more than ${MAX_OF_UNDICI} times the CPU time of undici, or the tuned SDK less than ${MIN_SDK_OF_OURS} times that of our client;
with 2 when the bench cannot run.`;

interface Options extends MeasureOptions {
  readonly json: boolean;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '5' },
      posts: { type: 'string', default: '20000' },
      bytes: { type: 'string', default: '200' },
      'in-flight': { type: 'string', default: '64' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    runs: wholeNumber('runs', values.runs),
    posts: wholeNumber('posts', values.posts),
    bytes: wholeNumber('bytes', values.bytes),
    inFlight: wholeNumber('in-flight', values['in-flight']),
    json: values.json,
  };
}

const spread = ({ min, median, max }: Summary): string[] => [min, median, max].map((value) => value.toFixed(2));

function report(rows: readonly Row[], { oursOfUndici, sdkOfOurs, httpsOfUndici }: Verdict): string {
  const head = ['client', 'CPU ms / 1,000 posts', 'x undici: min', 'median', 'max', 'posts/s'];
  const cells = rows.map(({ title, cpuPerThousand, ofUndici, postsPerSecond }) => [
    title,
    cpuPerThousand.toFixed(1),
    ...spread(ofUndici),
    postsPerSecond.toFixed(0),
  ]);
  return `${table(head, cells)}

Our client takes ${oursOfUndici.toFixed(2)} times the CPU of undici (budget: at most ${MAX_OF_UNDICI}).
The tuned SDK takes ${sdkOfOurs.toFixed(1)} times the CPU of our client (at least ${MIN_SDK_OF_OURS}).
node:https, unsigned, takes ${httpsOfUndici.toFixed(2)} times the CPU of undici (at most ${MAX_HTTPS_OF_UNDICI} would make our transport needless).`;
}

async function run({ json, ...options }: Options): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-post-'));
  try {
    const runs = await measure(options, folder);
    const rows = rowsOf(runs);
    const verdict = judge(runs);
    printResults({ node: process.version, options, rows, verdict }, () => report(rows, verdict), { json });
    return verdict.isMet ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

runCommand({ help: HELP, readOptions, run });
