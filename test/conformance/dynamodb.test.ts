// Runs every case against the local cloud, which must behave as AWS documents, and against DynamoDB Local, which must do so too
// unless the case documents a difference.
import { CASES } from './cases';
import { runCase } from './run';
import { type RunningTarget, startDynamoDbLocal, startOurs } from './targets';

let ours: RunningTarget;
let jar: RunningTarget | undefined;

beforeAll(async () => {
  ours = await startOurs();
  const started = await startDynamoDbLocal();
  if (typeof started !== 'string') jar = started;
  else if (process.env.CI !== undefined) throw new Error(`DynamoDB Local must be there for the comparison: ${started}`);
  else process.stderr.write(`SKIPPED: DynamoDB Local was not asked: ${started}\n`);
}, 60_000);

afterAll(async () => {
  await Promise.all([ours.stop(), jar?.stop()]);
});

test('cases have ids and descriptions of their own, and a page of AWS', () => {
  expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(170);
  for (const { aws } of CASES) expect(aws).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/amazondynamodb\/latest\//);
});

describe('the local cloud does as AWS documents', () => {
  test.each(CASES.map((one) => [one.id, one] as const))('%s', async (_, one) => {
    expect(await runCase(ours, one)).toBeUndefined();
  });
});

describe('DynamoDB Local differs where the cases say so, and only there', () => {
  test.each(CASES.filter(({ notForJar }) => notForJar === undefined).map((one) => [one.id, one] as const))(
    '%s',
    async (_, one) => {
      if (jar === undefined) return;
      const difference = await runCase(jar, one);
      if (one.jar === undefined) expect(difference).toBeUndefined();
      else expect(difference).toBeDefined();
    },
  );
});
