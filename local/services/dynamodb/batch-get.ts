// BatchGetItem over dynalite, which answers 1 MB at a time instead of 16 MB, and drops the projection of unprocessed keys.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
import type { EngineAnswer } from './engine';
import { answer, type Fields, parse } from './wire';

const LIMIT = 16 * 1024 * 1024;

interface KeysOfTable {
  readonly Keys?: readonly unknown[];
}
interface BatchAnswer {
  readonly Responses?: Readonly<Record<string, readonly unknown[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, KeysOfTable>>;
  readonly ConsumedCapacity?: readonly Capacity[];
}
interface Capacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
  readonly Table?: { readonly CapacityUnits: number };
}

/** @param call BatchGetItem of the engine */
export async function batchGet(call: (body: string) => Promise<EngineAnswer>, body: string): Promise<EngineAnswer> {
  const first = await call(body);
  const fields = parse(body);
  let { UnprocessedKeys: rest = {}, ...all } = parse(first.body) as BatchAnswer;
  if (first.status !== 200 || Object.keys(rest).length === 0) return first;
  const asked = fields.RequestItems as Readonly<Record<string, KeysOfTable>>;
  let size = first.body.length;
  while (Object.keys(rest).length > 0 && size < LIMIT) {
    const request: Fields = { ...fields, RequestItems: withSettings(rest, asked) };
    const next = await call(JSON.stringify(request));
    if (next.status !== 200) return next;
    size += next.body.length;
    const page = parse(next.body) as BatchAnswer;
    all = merge(all, page, rest);
    rest = page.UnprocessedKeys ?? {};
  }
  return answer(200, { ...all, UnprocessedKeys: withSettings(rest, asked) });
}

/** The unprocessed keys, with the requested projection and consistency. */
function withSettings(
  rest: Readonly<Record<string, KeysOfTable>>,
  asked: Readonly<Record<string, KeysOfTable>>,
): Record<string, KeysOfTable> {
  return Object.fromEntries(Object.entries(rest).map(([table, { Keys }]) => [table, { ...asked[table], Keys }]));
}

function merge(all: BatchAnswer, page: BatchAnswer, left: Readonly<Record<string, KeysOfTable>>): BatchAnswer {
  const Responses: Record<string, readonly unknown[]> = { ...all.Responses };
  for (const [table, items] of Object.entries(page.Responses ?? {}))
    Responses[table] = [...(Responses[table] ?? []), ...items];
  if (all.ConsumedCapacity === undefined) return { Responses };
  const ConsumedCapacity = all.ConsumedCapacity.map((one) => {
    const more = page.ConsumedCapacity?.find(({ TableName }) => TableName === one.TableName)?.CapacityUnits ?? 0;
    // dynalite counts a unit for each unprocessed key.
    const CapacityUnits = one.CapacityUnits + more - (left[one.TableName]?.Keys?.length ?? 0);
    return { ...one, CapacityUnits, Table: one.Table === undefined ? undefined : { CapacityUnits } };
  });
  return { Responses, ConsumedCapacity };
}
