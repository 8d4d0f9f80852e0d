// Evaluation of conditions and filters that dynalite has parsed.
import db, { type Expression, type Operand, type Path, type StoredItem, type Value } from 'dynalite/db';
import { beginsWith, contains, isEqual, order, sizeOf, typeOf } from './values';

export function matches(item: StoredItem, { type, name, args }: Expression): boolean {
  const nested = (i: number): boolean => matches(item, args[i] as Expression);
  if (type === 'and') return nested(0) && nested(1);
  if (type === 'or') return nested(0) || nested(1);
  if (type === 'not') return !nested(0);
  const [first, ...others] = args.map((operand) => resolve(operand, item));
  return type === 'function' ? functionHolds(name, first, others[0]) : comparisonHolds(type, first, others);
}

function functionHolds(name: string | undefined, value: Value | undefined, operand: Value | undefined): boolean {
  if (name === 'attribute_not_exists') return value === undefined;
  if (value === undefined) return false;
  if (name === 'attribute_exists') return true;
  if (operand === undefined) return false;
  if (name === 'attribute_type') return typeOf(value) === operand.S;
  return name === 'begins_with' ? beginsWith(value, operand) : contains(value, operand);
}

function comparisonHolds(type: string, value: Value | undefined, others: readonly (Value | undefined)[]): boolean {
  const [other, upper] = others;
  if (type === '<>') return value === undefined || other === undefined || !isEqual(value, other);
  if (value === undefined) return false;
  if (type === 'in') return others.some((one) => one !== undefined && isEqual(value, one));
  if (other === undefined) return false;
  if (type === '=') return isEqual(value, other);
  const side = order(value, other);
  if (side === undefined) return false;
  switch (type) {
    case '<':
      return side < 0;
    case '<=':
      return side <= 0;
    case '>':
      return side > 0;
    case '>=':
      return side >= 0;
    default: {
      // BETWEEN
      const upperSide = upper === undefined ? undefined : order(value, upper);
      return side >= 0 && upperSide !== undefined && upperSide <= 0;
    }
  }
}

/** Value of an operand; undefined when the item has no such attribute. */
function resolve(operand: Operand, item: StoredItem): Value | undefined {
  if (Array.isArray(operand)) return db.mapPath(operand as Path, item) ?? undefined;
  if (!isFunction(operand)) return operand as Value;
  const value = operand.args[0] === undefined ? undefined : resolve(operand.args[0], item);
  const size = value === undefined ? undefined : sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

function isFunction(operand: Operand): operand is Expression {
  return 'type' in operand && operand.type === 'function';
}
