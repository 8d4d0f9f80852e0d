// `npm run bench:post`: what a post to a connection costs, beside the least that it can and the SDK.
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import esbuild from 'esbuild';
import { generate } from 'selfsigned';
import { bundling } from '../../scripts/bundling.mjs';
import { whole } from '../support/command';
import { median } from '../support/median';
import { type ClientName, CLIENTS } from './clients';
import type { Done, Work } from './worker';

const NAMES = Object.keys(CLIENTS) as ClientName[];
/** The promise: at most this much of unsigned undici, and the tuned SDK at least this much of ours. */
const MOST_OF_UNDICI = 1.5;
const LEAST_OF_SDK = 10;
/** As long as one that Lambda gives to functions. */
const TOKEN_LENGTH = 900;

const HELP = `npm run bench:post -- [--runs 5] [--posts 20000] [--bytes 200] [--in-flight 64] [--json]

CPU time of a post to a connection, over TLS, to a server in another process that answers as API Gateway does: for ours, for unsigned
undici (the least that it can take), and for the SDK, tuned and as samples use it. Each in a process of its own, bundled as functions are;
runs of all of them take turns, and medians count. Credentials have a session token, as those of functions do.

  --runs N       of each
  --posts N      in a run; a tenth of them of the SDK's
  --bytes N      of a frame
  --in-flight N  posts at once
  --json         one JSON document instead of a table

Exits with 1 when ours takes more than ${MOST_OF_UNDICI} times what undici does, or the tuned SDK less than ${LEAST_OF_SDK} times what ours does.`;

interface Options {
  readonly runs: number;
  readonly posts: number;
  readonly bytes: number;
  readonly inFlight: number;
  readonly json: boolean;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      ...{ runs: { type: 'string', default: '5' }, posts: { type: 'string', default: '20000' } },
      ...{ bytes: { type: 'string', default: '200' }, 'in-flight': { type: 'string', default: '64' } },
      ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    },
  });
  if (values.help) return undefined;
  const read = (name: 'runs' | 'posts' | 'bytes' | 'in-flight'): number => whole(name, values[name]);
  const inFlight = read('in-flight');
  return { runs: read('runs'), posts: read('posts'), bytes: read('bytes'), inFlight, json: values.json };
}

/** Bundles a part of the bench as functions are bundled. */
async function bundle(folder: string, name: string): Promise<string> {
  const outfile = path.join(folder, `${name}.js`);
  await esbuild.build({ ...bundling, entryPoints: [path.join(__dirname, `${name}.ts`)], outfile });
  return outfile;
}

async function measure({ runs, posts, bytes, inFlight }: Options, folder: string): Promise<Map<ClientName, Done[]>> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const [keyFile, certFile] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  writeFileSync(keyFile, key);
  writeFileSync(certFile, cert);
  const server = fork(await bundle(folder, 'server'), [keyFile, certFile]);
  try {
    const [port] = (await once(server, 'message')) as [number];
    const worker = await bundle(folder, 'worker');
    const credentials = { accessKeyId: 'ASIA0123456789ABCDEF', secretAccessKey: 's'.repeat(40) };
    const setting = {
      ...{ endpoint: `https://localhost:${port}/prod`, region: 'eu-west-1', inFlight },
      credentials: { ...credentials, sessionToken: 'T'.repeat(TOKEN_LENGTH) },
    };
    const results = new Map<ClientName, Done[]>(NAMES.map((name) => [name, []]));
    for (let run = 1; run <= runs; run++) {
      for (const client of NAMES) {
        const count = client.startsWith('sdk') ? Math.ceil(posts / 10) : posts;
        const work: Work = { client, setting, bytes, posts: count, warmUp: Math.ceil(count / 4) };
        const { stdout } = await promisify(execFile)(process.execPath, [worker, JSON.stringify(work)], {
          env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile, NODE_NO_WARNINGS: '1' },
        });
        results.get(client)?.push(JSON.parse(stdout) as Done);
      }
      console.error(`run ${run} of ${runs}`);
    }
    return results;
  } finally {
    server.disconnect();
  }
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-post-'));
  try {
    const results = await measure(options, folder);
    const cpu = (name: ClientName): number => median(results.get(name)?.map((one) => one.cpu) ?? []);
    const ofUndici = cpu('ours') / cpu('undici');
    const ofSdk = cpu('sdk-tuned') / cpu('ours');
    const rows = NAMES.map((name) => ({
      ...{ name, title: CLIENTS[name].title, cpu: cpu(name), ofUndici: cpu(name) / cpu('undici') },
      postsPerSecond: median(results.get(name)?.map((one) => one.postsPerSecond) ?? []),
    }));
    if (options.json) console.log(JSON.stringify({ options, rows, ofUndici, ofSdk }));
    else {
      console.log('| client | CPU ms / 1,000 posts | of undici | posts/s |\n| --- | ---: | ---: | ---: |');
      for (const { title, cpu: took, ofUndici: ratio, postsPerSecond } of rows)
        console.log(`| ${title} | ${took.toFixed(1)} | ${ratio.toFixed(2)} | ${postsPerSecond.toFixed(0)} |`);
      console.log(`\nOurs takes ${ofUndici.toFixed(2)} of undici (at most ${MOST_OF_UNDICI}).`);
      console.log(`The tuned SDK takes ${ofSdk.toFixed(1)} of ours (at least ${LEAST_OF_SDK}).`);
    }
    return ofUndici <= MOST_OF_UNDICI && ofSdk >= LEAST_OF_SDK ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main().then((code) => {
  process.exit(code);
});
