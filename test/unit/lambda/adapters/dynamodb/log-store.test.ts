// How much of the Messages table a catch-up reads.
import type { DynamoDBDocumentClient, QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { DynamoDbLogStore } from '../../../../../lambda/adapters/dynamodb/log-store';
import { dispatch, type Caller } from '../../../../../lambda/core/dispatch';
import { connect, memoryWorld, type MemoryWorld } from '../../../../support/memory/memory';

const CHANNEL = 'chat:a';
const COUNT = 130;
const LARGE = 20_000;
/** Size of a page of DynamoDB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html */
const PAGE_BYTES = 1024 * 1024;

/** The rows of one log, and counts of what was read. */
class Table {
  public rows: { readonly sk: string; readonly [attribute: string]: unknown }[] = [];
  public queries = 0;
  public bytes = 0;

  /** As DynamoDB pages: up to the limit, or until a page is full. */
  public query({ ExpressionAttributeValues: values, ScanIndexForward, Limit, ExclusiveStartKey }: QueryCommandInput) {
    this.queries += 1;
    const start = ExclusiveStartKey?.sk as string | undefined;
    const { ':from': from, ':to': to } = values as Record<string, string>;
    const inRange = this.rows.filter(({ sk }) => sk >= from! && sk <= to!);
    const ordered = ScanIndexForward === false ? inRange.reverse() : inRange;
    const rest = ordered.slice(start === undefined ? 0 : ordered.findIndex(({ sk }) => sk === start) + 1);
    let size = 0;
    const full = rest.findIndex((row) => (size += JSON.stringify(row).length) > PAGE_BYTES);
    const items = rest.slice(0, Math.min(Limit ?? Number.MAX_SAFE_INTEGER, full < 0 ? rest.length : full));
    this.bytes += items.reduce((sum, row) => sum + JSON.stringify(row).length, 0);
    // DynamoDB returns a last key whenever the limit was reached, even if nothing follows.
    const more = items.length < rest.length || items.length === Limit;
    return { Items: items, LastEvaluatedKey: more ? { sk: items.at(-1)?.sk } : undefined };
  }
}

let table: Table;
let world: MemoryWorld;
let ada: Caller;

async function ask(request: object): Promise<any> {
  return dispatch(world, ada, JSON.stringify({ id: 1, channel: CHANNEL, ...request }), Number.MAX_SAFE_INTEGER);
}

/** Fills the log with messages of a size, and returns the cursor before the first. */
function fill(size: number): string {
  const now = world.runtime.time;
  const x = Math.ceil(now / 1000) + 7_200;
  table.rows = Array.from({ length: COUNT }, (_, i) => ({
    pk: `${CHANNEL}#eu-west-1`,
    sk: `0mock0000#${String(i + 1).padStart(12, '0')}`,
    t: now,
    f: 'ada',
    x,
    p: x,
    m: JSON.stringify([{ id: `m${i + 1}`, data: 'x'.repeat(size), enc: 'json' }]),
  }));
  return '1!eu-west-1~0mock0000~0';
}

beforeEach(async () => {
  table = new Table();
  const client = { send: ({ input }: { input: QueryCommandInput }) => Promise.resolve(table.query(input)) };
  world = Object.assign(memoryWorld(), {
    logs: new DynamoDbLogStore(client as unknown as DynamoDBDocumentClient, 'Messages'),
  });
  ada = await connect(world, 'ada');
});

/** The messages of all pages, and the most bytes that one of them read. */
async function chain(first: object, next: (ok: any) => object | undefined): Promise<{ seqs: number[]; most: number }> {
  const seqs: number[] = [];
  let most = 0;
  for (let request: object | undefined = first; request !== undefined; ) {
    table.bytes = 0;
    const { ok } = await ask(request);
    seqs.push(...ok.messages.map(({ seq }: { seq: number }) => seq));
    most = Math.max(most, table.bytes);
    request = next(ok);
  }
  return { seqs, most };
}

const ALL = Array.from({ length: COUNT }, (_, i) => i + 1);

test('given large messages, when a client catches up, then each page reads little more than it returns', async () => {
  const cursor = fill(LARGE);
  const { seqs, most } = await chain({ action: 'subscribe', cursor }, ({ cursor: at, more }) =>
    more ? { action: 'subscribe', cursor: at } : undefined,
  );
  expect(seqs).toEqual(ALL);
  // At most the first page of ten entries and the entry at the cursor, not a page of a hundred entries.
  expect(most).toBeLessThan(12 * LARGE);
});

test.each(['forwards', 'backwards'])(
  'given large messages, when history is read %s, then each page reads little more than it returns',
  async (direction) => {
    fill(LARGE);
    const request = { action: 'history', direction, limit: 100, since: 0 };
    const { seqs, most } = await chain(request, ({ next }) => next && { ...request, page: next });
    expect(seqs).toEqual(direction === 'forwards' ? ALL : [...ALL].reverse());
    // The first page also searches its start.
    expect(most).toBeLessThan(14 * LARGE);
  },
);

test('given large messages, when a client rewinds, then it reads little more than it returns', async () => {
  fill(LARGE);
  const { ok } = await ask({ action: 'subscribe', rewind: { last: 100 } });
  expect(ok.messages.map(({ seq }: { seq: number }) => seq)).toEqual([127, 128, 129, 130]);
  expect(table.bytes).toBeLessThan(12 * LARGE);
});

test('given small messages, when a client catches up, then a full page takes at most three queries', async () => {
  const cursor = fill(100);
  const { ok } = await ask({ action: 'subscribe', cursor });
  expect(ok).toMatchObject({ more: true, messages: { length: 100 } });
  expect(table.queries).toBeLessThanOrEqual(3);
});
