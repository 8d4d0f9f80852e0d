// Runs every contender in turn, each in a process of its own, against one server.
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import esbuild from 'esbuild';
import { bundling } from '../../scripts/bundling.mjs';
import { printProgress } from '../support/command';
import { localhostCertificate } from './certificate';
import { CONTENDER_NAMES, type ContenderName, type PostTarget } from './contenders';
import type { Run, Sample } from './numbers';
import type { Work } from './worker';

export interface MeasureOptions {
  readonly runs: number;
  /** Posts of a contender in a run; contenders of the SDK make a tenth of them. */
  readonly posts: number;
  /** Bytes of a frame. */
  readonly bytes: number;
  /** Concurrent posts. */
  readonly inFlight: number;
}

/** Characters of a session token of about the length that Lambda gives to functions. */
const TOKEN_LENGTH = 900;

/** @param folder an empty folder for bundles and the certificate */
export async function measure(options: MeasureOptions, folder: string): Promise<readonly Run[]> {
  const { key, cert } = await localhostCertificate();
  const keyFile = path.join(folder, 'key.pem');
  const certFile = path.join(folder, 'cert.pem');
  writeFileSync(keyFile, key);
  writeFileSync(certFile, cert);
  const server = fork(await bundle(folder, 'server'), [keyFile, certFile]);
  try {
    const [port] = (await once(server, 'message')) as [number];
    const worker = await bundle(folder, 'worker');
    const target = targetAt(port, options.inFlight);
    const runs: Run[] = [];
    while (runs.length < options.runs) {
      const samples: [ContenderName, Sample][] = [];
      for (const contender of CONTENDER_NAMES) {
        const work = workOf(contender, target, options);
        samples.push([contender, await runWorker(worker, work, certFile)]);
      }
      runs.push(Object.fromEntries(samples) as Run);
      printProgress(`run ${runs.length} of ${options.runs}`);
    }
    return runs;
  } finally {
    server.disconnect();
  }
}

/** Bundles a file of this folder as functions are bundled. */
async function bundle(folder: string, name: string): Promise<string> {
  const outfile = path.join(folder, `${name}.js`);
  await esbuild.build({ ...bundling, entryPoints: [path.join(__dirname, `${name}.ts`)], outfile });
  return outfile;
}

function targetAt(port: number, inFlight: number): PostTarget {
  return {
    endpoint: `https://localhost:${port}/prod`,
    region: 'eu-west-1',
    inFlight,
    credentials: {
      accessKeyId: 'ASIA0123456789ABCDEF',
      secretAccessKey: 's'.repeat(40),
      sessionToken: 'T'.repeat(TOKEN_LENGTH),
    },
  };
}

function workOf(contender: ContenderName, target: PostTarget, options: MeasureOptions): Work {
  const posts = contender.startsWith('sdk') ? Math.ceil(options.posts / 10) : options.posts;
  return { contender, target, bytes: options.bytes, posts, warmUp: Math.ceil(posts / 4) };
}

async function runWorker(worker: string, work: Work, certFile: string): Promise<Sample> {
  const { stdout } = await promisify(execFile)(process.execPath, [worker, JSON.stringify(work)], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile, NODE_NO_WARNINGS: '1' },
  });
  return JSON.parse(stdout) as Sample;
}
