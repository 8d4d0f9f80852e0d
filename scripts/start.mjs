// `npm start`: sets up, builds what is needed, synthesizes the example network, and runs it in the local cloud.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setUp } from './setup.mjs';

// On standard error: with --json, standard output is one line for a program.
const say = (line) => console.error(line);

setUp(say);
const step = async (name, work) => {
  const started = Date.now();
  await work();
  say(`${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
};
const { buildAssets } = await import('./assets.mjs');
const { buildClient } = await import('./client.mjs');
const { buildCli } = await import('./cli.mjs');
await step('Bundled the functions', buildAssets);
await step('Built the client', () => buildClient({ types: false }));
await step('Built the command line', buildCli);
await step('Synthesized the example network', () => {
  const cdk = path.join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const env = { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_VALIDATION: 'false' };
  // With a domain, there is DNS to fail over by.
  const args = ['synth', '--quiet', '--no-notices', '--context', 'domain=realtime.example'];
  const { status, stderr } = spawnSync(process.execPath, [cdk, ...args], { cwd: root, env, encoding: 'utf8' });
  if (status !== 0) {
    say(stderr);
    process.exit(1);
  }
});

// In this very process: a signal needs no forwarding.
process.chdir(root);
const main = path.join(root, 'dist', 'cli', 'main.js');
process.argv = [process.execPath, main, 'dev', ...process.argv.slice(2)];
await import(pathToFileURL(main));
