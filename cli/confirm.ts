import { createInterface } from 'node:readline/promises';
import { RealtimeError } from '../protocol';

/**
 * Asks on the terminal whether to continue, unless `--yes` was given.
 *
 * @throws RealtimeError cli_usage when the answer is no, or when there is no terminal
 */
export async function confirm({ yes, json }: { readonly yes: boolean; readonly json: boolean }): Promise<void> {
  if (yes) return;
  if (json || !process.stdin.isTTY) {
    throw new RealtimeError('cli_usage', 'Without a terminal to confirm on, --yes is needed. Nothing was changed.');
  }
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await ask.question('Continue? (y/N) ');
  ask.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new RealtimeError('cli_usage', 'Not confirmed. Nothing was changed.');
}
