// Evaluates the condition and update expressions that the adapters use. Any other expression throws, so that the simulation never
// returns a wrong result.
import type { Item } from './item';

export type Values = Readonly<Record<string, unknown>>;

/** An expression and the values of its placeholders. */
export interface Expression {
  readonly text: string;
  /** Attribute names, by `#name`. */
  readonly names: Readonly<Record<string, string>>;
  readonly values: Values;
}

/** Whether a condition holds for an item. */
export function evaluate(expression: Expression, item: Item | undefined): boolean {
  return or(expression.text.trim(), expression, item);
}

function or(text: string, expression: Expression, item: Item | undefined): boolean {
  return split(text, ' OR ').some((one) => split(one, ' AND ').every((part) => term(part.trim(), expression, item)));
}

function term(text: string, expression: Expression, item: Item | undefined): boolean {
  if (text.startsWith('(') && text.endsWith(')')) return or(text.slice(1, -1), expression, item);
  const { values } = expression;
  const exists = /^attribute_exists\(([\w.#]+)\)$/.exec(text);
  if (exists) return valueAt(item, pathOf(exists[1] as string, expression)) !== undefined;
  const absent = /^attribute_not_exists\(([\w.#]+)\)$/.exec(text);
  if (absent) return valueAt(item, pathOf(absent[1] as string, expression)) === undefined;
  const size = /^size\((\w+)\) < (:\w+)$/.exec(text);
  if (size) {
    const map = item?.[size[1] as string];
    return typeof map === 'object' && map !== null && Object.keys(map).length < (values[size[2] as string] as number);
  }
  const compare = /^(\w+) (=|<=|>) (:\w+)$/.exec(text);
  if (compare) {
    const left = item?.[compare[1] as string];
    const right = values[compare[3] as string];
    if (left === undefined) return false;
    if (compare[2] === '=') return left === right;
    return compare[2] === '>' ? (left as number) > (right as number) : (left as number) <= (right as number);
  }
  throw new Error(`the simulation does not implement the condition ${text}`);
}

/** Splits at separators outside of parentheses. */
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

/** Returns an item after an update: `SET` with an optional `ADD`, or `REMOVE`. */
export function update(item: Item, expression: Expression): Item {
  const [, setting = '', adding] = /^SET (.+?)(?: ADD (.+))?$/.exec(expression.text) ?? [];
  const [, removed] = /^REMOVE ([\w.#]+)$/.exec(expression.text) ?? [];
  if (removed !== undefined) return withValue(item, pathOf(removed, expression), undefined) as Item;
  if (setting === '') throw new Error(`the simulation does not implement the update ${expression.text}`);
  let after: Item = item;
  for (const one of split(setting, ', ')) {
    const [, path = '', unless, value = ''] = /^([\w.#]+) = (?:if_not_exists\(([\w.#]+), )?(:\w+)\)?$/.exec(one) ?? [];
    if (path === '') throw new Error(`the simulation does not implement the update ${one}`);
    const before = unless === undefined ? undefined : valueAt(item, pathOf(unless, expression));
    after = withValue(after, pathOf(path, expression), before ?? expression.values[value]) as Item;
  }
  if (adding === undefined) return after;
  const [, path = '', value = ''] = /^([\w#]+) (:\w+)$/.exec(adding) ?? [];
  const name = pathOf(path, expression);
  return withValue(after, name, Number(valueAt(item, name) ?? 0) + Number(expression.values[value])) as Item;
}

/** A document path with placeholders resolved. Names behind placeholders may contain dots. */
function pathOf(text: string, { names }: Expression): readonly string[] {
  return text.split('.').map((part) => {
    const name = part.startsWith('#') ? names[part] : part;
    if (name === undefined) throw new Error(`the expression does not define ${part}`);
    return name;
  });
}

function valueAt(item: unknown, path: readonly string[]): unknown {
  let value = item;
  for (const name of path) value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  return value;
}

function withValue(item: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown {
  // DynamoDB rejects a path whose parent map does not exist.
  if (item === undefined) throw new Error(`the parent map of ${name} does not exist`);
  const { [name]: before, ...others } = item as Readonly<Record<string, unknown>>;
  const after = rest.length === 0 ? value : withValue(before, rest, value);
  return after === undefined ? others : { ...others, [name]: after };
}
