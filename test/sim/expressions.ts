// The condition and update expressions that the adapters use, and no others: one that is not known here throws, so that the
// simulation never answers wrongly by guessing.
import type { Item } from './table';

export type Values = Readonly<Record<string, unknown>>;

/** Whether a condition holds for an item. */
export function evaluate(expression: string, item: Item | undefined, values: Values): boolean {
  return or(expression.trim(), item, values);
}

function or(expression: string, item: Item | undefined, values: Values): boolean {
  return split(expression, ' OR ').some((one) => split(one, ' AND ').every((part) => term(part.trim(), item, values)));
}

function term(expression: string, item: Item | undefined, values: Values): boolean {
  if (expression.startsWith('(') && expression.endsWith(')')) return or(expression.slice(1, -1), item, values);
  const exists = /^attribute_exists\((\w+)\)$/.exec(expression);
  if (exists) return item?.[exists[1] as string] !== undefined;
  const absent = /^attribute_not_exists\((\w+)\)$/.exec(expression);
  if (absent) return item?.[absent[1] as string] === undefined;
  const contains = /^contains\((\w+), (:\w+)\)$/.exec(expression);
  if (contains)
    return (item?.[contains[1] as string] as Set<unknown> | undefined)?.has(values[contains[2] as string]) === true;
  const size = /^size\((\w+)\) < (:\w+)$/.exec(expression);
  if (size) {
    const set = item?.[size[1] as string] as Set<unknown> | undefined;
    return set !== undefined && set.size < (values[size[2] as string] as number);
  }
  const compare = /^(\w+) (=|<=) (:\w+)$/.exec(expression);
  if (compare) {
    const left = item?.[compare[1] as string];
    const right = values[compare[3] as string];
    if (left === undefined) return false;
    return compare[2] === '=' ? left === right : (left as number) <= (right as number);
  }
  throw new Error(`the simulation does not know the condition ${expression}`);
}

/** Splits where the separator stands outside of parentheses. */
function split(expression: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < expression.length; i++) {
    if (expression[i] === '(') depth += 1;
    else if (expression[i] === ')') depth -= 1;
    else if (depth === 0 && expression.startsWith(separator, i)) {
      parts.push(expression.slice(start, i));
      start = i + separator.length;
    }
  }
  return [...parts, expression.slice(start)];
}

/** An item after an update: adding to, or deleting from, a set. */
export function update(item: Item, expression: string, values: Values): Item {
  const [, action, attribute = '', value = ''] = /^(ADD|DELETE) (\w+) (:\w+)$/.exec(expression) ?? [];
  const change = values[value];
  if (action === undefined || !(change instanceof Set)) {
    throw new Error(`the simulation does not know the update ${expression}`);
  }
  const set = new Set(item[attribute] as Set<unknown> | undefined);
  for (const one of change) {
    if (action === 'ADD') set.add(one);
    else set.delete(one);
  }
  // DynamoDB keeps no empty set.
  const { [attribute]: _, ...rest } = item;
  return (set.size === 0 ? rest : { ...item, [attribute]: set }) as Item;
}
