// Runs the whole suite, and collects the result of each case.
import type { Case } from './case';
import { runCase, type Target } from './run';

export interface Result {
  readonly case: Case;
  /** Error of the local cloud, if any. */
  readonly ours?: string;
  /** Difference of DynamoDB Local from AWS's documentation, if any. */
  readonly jar?: string;
  readonly jarRun: boolean;
}

export async function runAll(cases: readonly Case[], ours: Target, jar: Target | undefined): Promise<Result[]> {
  const results: Result[] = [];
  for (const one of cases) {
    const jarRun = jar !== undefined && one.notForJar === undefined;
    results.push({
      case: one,
      ours: await outcome(ours, one),
      jar: jarRun ? await outcome(jar, one) : undefined,
      jarRun,
    });
  }
  return results;
}

async function outcome(target: Target, one: Case): Promise<string | undefined> {
  try {
    return await runCase(target, one);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Error in a case's note about DynamoDB Local, if any. */
export function wrongNote({ case: one, jar, jarRun }: Result): string | undefined {
  if (!jarRun) return undefined;
  if (jar !== undefined && one.jar === undefined) return `DynamoDB Local differs, and the case does not say so: ${jar}`;
  if (jar === undefined && one.jar !== undefined) return `DynamoDB Local does not differ any more: take the note away`;
  return undefined;
}
