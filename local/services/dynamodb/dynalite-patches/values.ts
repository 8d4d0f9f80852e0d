// Comparison and size of values as in DynamoDB. dynalite compares documents by identity and text by UTF-16, and treats false and
// '' as missing. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
import type { StoredItem, Value } from 'dynalite/db';

export function typeOf(value: Value): string {
  return Object.keys(value)[0] ?? '';
}

export function isEqual(a: Value, b: Value): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  const [x, y] = [a[type], b[type]];
  if (type === 'L') {
    const [one, other] = [x as Value[], y as Value[]];
    return one.length === other.length && one.every((value, i) => isEqual(value, other[i] ?? {}));
  }
  if (type === 'M') {
    const [one, other] = [x as StoredItem, y as StoredItem];
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length &&
      names.every((name) => other[name] !== undefined && isEqual(one[name] ?? {}, other[name]))
    );
  }
  if (Array.isArray(x) && Array.isArray(y)) return x.length === y.length && x.every((one) => y.includes(one));
  return x === y;
}

/** Negative, 0 or positive; undefined for values without an order: of different types, or neither text, number nor binary. */
export function order(a: Value, b: Value): number | undefined {
  const type = typeOf(a);
  if (type !== typeOf(b)) return undefined;
  if (type === 'N') return compareNumbers(String(a.N), String(b.N));
  if (type === 'S') return Buffer.compare(Buffer.from(String(a.S)), Buffer.from(String(b.S)));
  if (type === 'B') return Buffer.compare(bytes(a.B), bytes(b.B));
  return undefined;
}

export function contains(container: Value, part: Value): boolean {
  const [outer, inner] = [typeOf(container), typeOf(part)];
  if (outer === 'L') return (container.L as Value[]).some((value) => isEqual(value, part));
  if (outer === `${inner}S`) return (container[outer] as string[]).includes(String(part[inner]));
  if (outer !== inner) return false;
  if (outer === 'S') return String(container.S).includes(String(part.S));
  return outer === 'B' && bytes(container.B).includes(bytes(part.B));
}

export function beginsWith(value: Value, prefix: Value): boolean {
  if (typeOf(value) !== typeOf(prefix)) return false;
  if (typeOf(value) === 'S') return String(value.S).startsWith(String(prefix.S));
  const start = bytes(prefix.B);
  return typeOf(value) === 'B' && bytes(value.B).subarray(0, start.length).equals(start);
}

/** Result of the function `size`; undefined for types without a size. */
export function sizeOf(value: Value): number | undefined {
  const type = typeOf(value);
  if (type === 'S') return String(value.S).length;
  if (type === 'B') return bytes(value.B).length;
  if (type === 'M') return Object.keys(value.M as object).length;
  const list = value[type];
  return Array.isArray(list) ? list.length : undefined;
}

/** Compares numbers in the format in which dynalite stores them, without an exponent: `-12.5`. */
function compareNumbers(a: string, b: string): number {
  const negative = a.startsWith('-');
  if (negative !== b.startsWith('-')) return negative ? -1 : 1;
  const [x, y] = [a, b].map((text) => text.replace('-', '').split('.')) as [string[], string[]];
  const [wholeX = '', restX = ''] = x;
  const [wholeY = '', restY = ''] = y;
  const length = wholeX.length - wholeY.length;
  const apart = length !== 0 ? length : compareText(`${wholeX}.${restX}`, `${wholeY}.${restY}`);
  return negative ? -apart : apart;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function bytes(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64');
}
