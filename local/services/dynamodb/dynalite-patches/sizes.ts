// Sizes of items in bytes of UTF-8, where dynalite counts characters.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
import type { Call, StoredItem, Value } from 'dynalite/db';
import { typeOf } from './values';

export function itemSize(item: Readonly<StoredItem>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize(value: Value): number {
  const type = typeOf(value);
  const content = value[type];
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'B':
      return Buffer.byteLength(String(content), 'base64');
    case 'N':
      return numberSize(String(content));
    case 'SS':
    case 'BS':
    case 'NS':
      return (content as string[]).reduce((sum, one) => sum + valueSize({ [type.slice(0, 1)]: one }), 0);
    case 'L':
      return 3 + (content as Value[]).reduce((sum, one) => sum + 1 + valueSize(one), 0);
    case 'M':
      return 3 + Object.keys(content as StoredItem).length + itemSize(content as StoredItem);
    default:
      return 1;
  }
}

/** Size of a number: one byte per two digits, one for the exponent and one for a minus sign. */
function numberSize(text: string): number {
  const digits = significantDigits(text).length;
  return 1 + Math.ceil(digits / 2) + (text.startsWith('-') ? 1 : 0);
}

/** Digits of a number without leading and trailing zeros. */
export function significantDigits(text: string): string {
  return text.replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
}

export function isCapacityWanted({ ReturnConsumedCapacity: detail }: Call): boolean {
  return detail === 'TOTAL' || detail === 'INDEXES';
}

/** Capacity of a call on one item. */
export function consumedCapacity(call: Call, isRead: boolean, ...items: (StoredItem | null | undefined)[]): unknown {
  if (!isCapacityWanted(call)) return undefined;
  const size = Math.max(1, ...items.map((item) => (item == null ? 0 : itemSize(item))));
  return capacity(call, isRead ? readUnits(call, size) : Math.ceil(size / 1024));
}

/** Capacity of a page of a query or a scan: that of its items together, or the minimum of a read without items. */
export function readCapacity(call: Call, items: readonly StoredItem[]): unknown {
  return capacity(
    call,
    readUnits(
      call,
      Math.max(
        1,
        items.reduce((sum, item) => sum + itemSize(item), 0),
      ),
    ),
  );
}

function readUnits({ ConsistentRead: consistent }: Call, size: number): number {
  return Math.ceil(size / 4096) / (consistent === true ? 1 : 2);
}

function capacity({ ReturnConsumedCapacity: detail, TableName }: Call, CapacityUnits: number): unknown {
  return { CapacityUnits, TableName, Table: detail === 'INDEXES' ? { CapacityUnits } : undefined };
}
