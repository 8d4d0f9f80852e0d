// `npm run conformance`: runs the suite, prints the table, and writes it to docs/reference/conformance-dynamodb.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CASES } from './cases';
import { markdown, summary, table } from './report';
import { runAll, wrongNote } from './results';
import { startDynamoDbLocal } from '../../bench/support/dynamodb-local';
import { root } from '../support/root';
import { startOurs } from './targets';

const DOC = path.join(root, 'docs', 'reference', 'conformance-dynamodb.md');
const HELP = `npm run conformance -- [--only <text>] [--json] [--check] [--help]

Runs the DynamoDB conformance cases against the local cloud and, where Java is, against DynamoDB Local.
Prints the table and writes docs/reference/conformance-dynamodb.md.

  --only   run the cases with this text in their id; writes nothing
  --json   print one JSON document instead of the table
  --check  write nothing; fail when the document is stale
  --help   print this

Exit code: 0, or 1 when the local cloud fails a case, a note on DynamoDB Local is wrong, or the document is stale.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const cases = CASES.filter(({ id }) => id.includes(values.only ?? ''));
  const ours = await startOurs();
  const started = await startDynamoDbLocal();
  const jar = typeof started === 'string' ? undefined : started;
  if (typeof started === 'string') process.stderr.write(`SKIPPED: DynamoDB Local was not asked: ${started}\n`);
  const results = await runAll(cases, ours, jar);
  await Promise.all([ours.stop(), jar?.stop()]);

  if (values.json) {
    const rows = results.map(({ case: { id, what, aws, jar: note, notForJar }, ...outcome }) => ({
      id,
      what,
      aws,
      ours: outcome.ours ?? 'ok',
      jar: outcome.jarRun ? (outcome.jar ?? 'ok') : null,
      note,
      notForJar,
    }));
    process.stdout.write(`${JSON.stringify({ ...summary(results), cases: rows })}\n`);
  } else process.stdout.write(table(results));
  const wrong = results.flatMap((result) =>
    [result.ours, wrongNote(result)].map((text) => [result.case.id, text] as const),
  );
  for (const [id, text] of wrong) if (text !== undefined) process.stderr.write(`${id}: ${text}\n`);
  const failed = wrong.some(([, text]) => text !== undefined);
  // The document contains all results, so it is written only when every case ran.
  if (values.only !== undefined || jar === undefined || failed) return failed ? 1 : 0;
  const text = markdown(results);
  const current = existsSync(DOC) ? readFileSync(DOC, 'utf8') : '';
  if (current === text) return 0;
  if (values.check) {
    process.stderr.write('docs/reference/conformance-dynamodb.md is stale: run npm run conformance\n');
    return 1;
  }
  writeFileSync(DOC, text);
  process.stderr.write('wrote docs/reference/conformance-dynamodb.md\n');
  return 0;
}

void main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
