// Validation of keys and of updated items, which dynalite omits or does in characters.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
import db, { type StoredItem, type Table, type Value } from 'dynalite/db';
import { itemSize, significantDigits } from './sizes';
import { typeOf } from './values';

const HASH_BYTES = 2_048;
const RANGE_BYTES = 1_024;
const DIGITS = 38;
const MAX_ITEM = 400 * 1_024;
/** Exponents of the largest and the smallest number. */
const LARGEST = 125;
const SMALLEST = -130;

/** Error of an invalid key; undefined when the key is valid. */
export function keyError(item: StoredItem, table: Table): Error | undefined {
  for (const [i, { AttributeName: name }] of table.KeySchema.entries()) {
    const value = item[name] ?? {};
    const type = typeOf(value);
    const size = type === 'N' ? 0 : Buffer.byteLength(String(value[type]), type === 'B' ? 'base64' : 'utf8');
    if (i === 0 && size > HASH_BYTES) {
      return invalid('Size of hashkey has exceeded the maximum size limit of2048 bytes');
    }
    if (i === 1 && size > RANGE_BYTES) {
      return invalid('Aggregated size of all range keys has exceeded the size limit of 1024 bytes');
    }
  }
  return undefined;
}

/** Error of an empty index key; undefined when no index key is empty. */
export function indexKeyError(item: StoredItem, table: Table): Error | undefined {
  for (const index of [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])]) {
    for (const { AttributeName: name } of index.KeySchema) {
      const kind = emptyKind(item[name]);
      if (kind === undefined) continue;
      return db.validationError(
        'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
          `The AttributeValue for a key attribute cannot contain an empty ${kind} value. ` +
          `IndexName: ${index.IndexName}, IndexKey: ${name}`,
      );
    }
  }
  return undefined;
}

/** Type of an empty value: `string` or `binary`; undefined for every other value. */
export function emptyKind(value: Value | undefined): string | undefined {
  if (value?.S === '') return 'string';
  return value?.B === '' ? 'binary' : undefined;
}

/** Error of an item that results from an update; undefined when the item is valid. */
export function updateResultError(item: StoredItem, table: Table): Error | undefined {
  if (itemSize(item) > MAX_ITEM) {
    return db.validationError('Item size to update has exceeded the maximum allowed size');
  }
  return (
    indexKeyError(item, table) ??
    Object.values(item)
      .map(numberError)
      .find((error) => error !== undefined)
  );
}

function numberError(value: Value): Error | undefined {
  const content = value[typeOf(value)];
  if (value.N === undefined) {
    if (typeof content !== 'object' || content === null || value.SS !== undefined || value.BS !== undefined) return;
    const inner = value.NS === undefined ? Object.values(content) : [];
    return (inner as Value[]).map(numberError).find((error) => error !== undefined);
  }
  const text = String(content);
  // A number in a short text can't be out of range.
  if (text.length <= DIGITS) return undefined;
  const digits = significantDigits(text);
  const [whole = '', rest = ''] = text.replace('-', '').split('.');
  const magnitude = whole === '0' ? -1 - (rest.length - rest.replace(/^0+/, '').length) : whole.length - 1;
  if (magnitude > LARGEST) {
    return db.validationError(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  }
  if (magnitude < SMALLEST) {
    return db.validationError(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  if (digits.length <= DIGITS) return undefined;
  return db.validationError('Attempting to store more than 38 significant digits in a Number');
}

function invalid(message: string): Error {
  return db.validationError(`One or more parameter values were invalid: ${message}`);
}
