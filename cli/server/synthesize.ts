import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RealtimeError } from '../../protocol';

/**
 * Synthesizes an app into a temporary folder, with the CDK command line of the user's project.
 *
 * @throws RealtimeError synth_failed
 */
export function synthesize(app: string): string {
  const output = mkdtempSync(path.join(tmpdir(), 'cdk-realtime-'));
  const args = ['synth', '--quiet', '--no-notices', '--app', app, '--output', output];
  let cli: string;
  try {
    const from = createRequire(path.join(process.cwd(), 'package.json'));
    cli = path.join(path.dirname(from.resolve('aws-cdk/package.json')), 'bin', 'cdk');
  } catch (cause) {
    throw new RealtimeError(
      'synth_failed',
      'The package aws-cdk is not installed. Run `npm install --save-dev aws-cdk@2`.',
      { cause },
    );
  }
  const env = { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' };
  // Its output goes to standard error, because standard output is a single line with --json.
  const { status } = spawnSync(process.execPath, [cli, ...args], { stdio: ['ignore', 2, 2], env });
  if (status !== 0) throw new RealtimeError('synth_failed', `Command: ${app}.`);
  return output;
}
