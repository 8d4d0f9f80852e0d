// Runs the whole suite, and says of each case what it came to.
import type { Case } from './case';
import { runCase, type Target } from './run';

export interface Result {
  readonly case: Case;
  /** What the local cloud did wrong, if anything. */
  readonly ours?: string;
  /** What DynamoDB Local did otherwise than AWS documents; `notRun` where it was not asked. */
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

/** What is wrong with a case's note on DynamoDB Local. */
export function wrongNote({ case: one, jar, jarRun }: Result): string | undefined {
  if (!jarRun) return undefined;
  if (jar !== undefined && one.jar === undefined) return `DynamoDB Local differs, and the case does not say so: ${jar}`;
  if (jar === undefined && one.jar !== undefined) return `DynamoDB Local does not differ any more: take the note away`;
  return undefined;
}
