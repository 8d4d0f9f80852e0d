// Runs a case against a target that answers DynamoDB's JSON protocol.
import { isDeepStrictEqual } from 'node:util';
import { type Case, type Expectation, type Fields, type Item, type Step, TABLES } from './case';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Target of a case. */
export interface Target {
  call(operation: string, body: string): Promise<Answer>;
  /** Lets time pass, then deletes expired items. */
  sweep?(seconds: number): Promise<void>;
}

/** Runs a case on a table of its own, and returns the difference from the expectation, if any. */
export async function runCase(target: Target, one: Case): Promise<string | undefined> {
  const table = `conformance-${one.id}`;
  const send = async (operation: string, fields: Fields): Promise<Answer> =>
    target.call(operation, JSON.stringify(fields).replaceAll('$table', table));
  if (one.table !== 'none') {
    await must(send('CreateTable', { ...TABLES[one.table], TableName: table, BillingMode: 'PAY_PER_REQUEST' }));
  }
  try {
    for (const item of one.given) await must(send('PutItem', { TableName: table, Item: item }));
    let before: Fields = {};
    let total = 0;
    for (const [i, step] of one.steps.entries()) {
      const { status, body } = await take(send, target, step, before);
      before = parse(body);
      total += Number(before[one.total?.field ?? ''] ?? 0);
      const wrong = compare(step.expect, status, before, table);
      if (wrong !== undefined) return `step ${i + 1} (${step.operation}): ${wrong}`;
    }
    if (one.total !== undefined && total !== one.total.is)
      return `wanted ${one.total.is} as ${one.total.field} in all, got ${total}`;
    return undefined;
  } finally {
    if (one.table !== 'none') await send('DeleteTable', { TableName: table });
  }
}

type Send = (operation: string, fields: Fields) => Promise<Answer>;

async function take(send: Send, target: Target, step: Step, before: Fields): Promise<Answer> {
  if (step.sweepAfter !== undefined) {
    if (target.sweep === undefined) throw new Error('this target has no sweep');
    await target.sweep(step.sweepAfter);
    return { status: 200, body: '{}' };
  }
  const taken = Object.fromEntries(Object.entries(step.from ?? {}).map(([to, from]) => [to, before[from]]));
  const fields = { ...step.fields, ...taken };
  return step.allPages === true ? everyPage(send, step.operation, fields) : send(step.operation, fields);
}

async function everyPage(send: Send, operation: string, fields: Fields): Promise<Answer> {
  const items: Item[] = [];
  let start: unknown;
  for (let pages = 1; ; pages++) {
    const answer = await send(operation, start === undefined ? fields : { ...fields, ExclusiveStartKey: start });
    if (answer.status !== 200) return answer;
    const page = parse(answer.body) as { Items?: Item[]; LastEvaluatedKey?: unknown };
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
    if (start === undefined)
      return { status: 200, body: JSON.stringify({ Items: items, Count: items.length, Pages: pages }) };
    if (pages > 100) throw new Error('the pages do not end');
  }
}

async function must(call: Promise<Answer>): Promise<void> {
  const { status, body } = await call;
  if (status !== 200) throw new Error(`the set-up failed: ${status} ${body}`);
}

function compare(expect: Expectation, status: number, body: Fields, table: string): string | undefined {
  const wanted = JSON.parse(JSON.stringify(expect).replaceAll('$table', table)) as Expectation;
  const shown = (value: unknown): string => short(JSON.stringify(value));
  if (wanted.error !== undefined) {
    const name = String(body.__type).split('#').at(-1);
    if (status < 400) return `wanted ${wanted.error}, got ${shown(body)}`;
    if (name !== wanted.error) return `wanted ${wanted.error}, got ${name}: ${shown(body.message ?? body.Message)}`;
    const text = (body.message ?? body.Message ?? '') as string;
    if (wanted.message !== undefined && text !== wanted.message)
      return `wanted "${wanted.message}", got "${short(text)}"`;
    if (wanted.messageHas !== undefined && !text.includes(wanted.messageHas))
      return `wanted "…${wanted.messageHas}…", got "${short(text)}"`;
  } else if (status !== 200) return `wanted an answer, got ${shown(body)}`;
  for (const field of wanted.without ?? []) if (field in body) return `wanted no ${field}, got ${shown(body[field])}`;
  if (wanted.has !== undefined && !holds(normalize(body), normalize(wanted.has)))
    return `wanted ${shown(wanted.has)} in ${shown(body)}`;
  if (wanted.ok !== undefined && !isDeepStrictEqual(blank(normalize(body), wanted.ok), normalize(wanted.ok)))
    return `wanted ${shown(wanted.ok)}, got ${shown(body)}`;
  return undefined;
}

const ANY: Readonly<Record<string, (value: unknown) => boolean>> = {
  '<number>': (value) => typeof value === 'number',
  '<text>': (value) => typeof value === 'string' && value !== '',
  '<any>': (value) => value !== undefined,
};

/** Replaces values of `got` by the wildcards of `wanted` where the type matches. */
function blank(got: unknown, wanted: unknown): unknown {
  if (typeof wanted === 'string' && ANY[wanted]?.(got) === true) return wanted;
  if (Array.isArray(got) && Array.isArray(wanted)) return got.map((one, i) => blank(one, wanted[i]));
  if (!isObject(got) || !isObject(wanted)) return got;
  return Object.fromEntries(Object.entries(got).map(([name, value]) => [name, blank(value, wanted[name])]));
}

/** Whether `got` contains `wanted`; lists must have the same length. */
function holds(got: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'string' && ANY[wanted]?.(got) === true) return true;
  if (Array.isArray(wanted))
    return Array.isArray(got) && got.length === wanted.length && wanted.every((one, i) => holds(got[i], one));
  if (!isObject(wanted)) return Object.is(got, wanted);
  return isObject(got) && Object.entries(wanted).every(([name, value]) => holds(got[name], value));
}

/** Sorts sets and answers of a batch, which have no order. */
function normalize(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const list = value.map((one) => normalize(one));
    return ['SS', 'NS', 'BS', '$table', 'Tags'].includes(name) || name.startsWith('conformance-')
      ? list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : list;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((field) => [field, normalize(value[field], field)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(body: string): Fields {
  return body === '' ? {} : (JSON.parse(body) as Fields);
}

function short(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
