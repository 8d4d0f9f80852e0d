// Runs every case against the local cloud, which must behave as AWS documents, and against DynamoDB Local, which must do so too
// unless the case documents a difference.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CASES } from './cases';
import { startDynamoDbLocal } from '../../bench/support/dynamodb-local';
import { markdown } from './report';
import { type Result, runAll, wrongNote } from './results';
import { root } from '../support/root';
import { startOurs } from './targets';

let results: readonly Result[];
let isJarRun = false;

beforeAll(async () => {
  const ours = await startOurs();
  const started = await startDynamoDbLocal();
  const jar = typeof started === 'string' ? undefined : started;
  if (typeof started === 'string') {
    if (process.env.CI !== undefined)
      throw new Error(`CI compares with DynamoDB Local, which cannot start: ${started}`);
    process.stderr.write(`SKIPPED: DynamoDB Local was not asked: ${started}\n`);
  }
  isJarRun = jar !== undefined;
  results = await runAll(CASES, ours, jar);
  await Promise.all([ours.stop(), jar?.stop()]);
}, 180_000);

const resultOf = (id: string): Result => results.find(({ case: one }) => one.id === id)!;

test('cases have unique ids and descriptions, and link to a page of AWS', () => {
  expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(170);
  for (const { aws } of CASES) expect(aws).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/amazondynamodb\/latest\//);
});

describe('the local cloud does as AWS documents', () => {
  test.each(CASES.map(({ id }) => id))('%s', (id) => {
    expect(resultOf(id).ours).toBeUndefined();
  });
});

describe('DynamoDB Local differs where the case states it, and only there', () => {
  test.each(CASES.filter(({ notForJar }) => notForJar === undefined).map(({ id }) => id))('%s', (id) => {
    expect(wrongNote(resultOf(id))).toBeUndefined();
  });
});

test('when DynamoDB Local was asked, then the document of the results is current', () => {
  if (!isJarRun) return;
  const document = readFileSync(path.join(root, 'docs', 'reference', 'conformance-dynamodb.md'), 'utf8');
  // Stale: run npm run conformance.
  expect(markdown(results)).toBe(document);
});
