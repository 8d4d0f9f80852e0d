// DynamoDB's JSON protocol: attribute values, items, errors.
import type { EngineAnswer } from './engine';

/** An attribute value such as `{"S":"text"}`. */
export type AttributeValue = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, AttributeValue>>;
export type Fields = Readonly<Record<string, unknown>>;

/** A table's key attributes: partition key first. */
export type KeyNames = readonly string[];

export function keyOf(item: Item, names: KeyNames): Item {
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]] as const])));
}

/** Unique name of an item of a table. */
export function lockName(table: string, key: Item): string {
  return JSON.stringify([
    table,
    ...Object.keys(key)
      .sort()
      .map((name) => [name, key[name]]),
  ]);
}

export function answer(status: number, body: object): EngineAnswer {
  return { status, body: JSON.stringify(body) };
}

/** An error in DynamoDB's format. */
export function failure(name: string, message: string, status = 400): EngineAnswer {
  return answer(status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message });
}

/** A validation error. */
export function validation(message: string): EngineAnswer {
  return answer(400, { __type: 'com.amazon.coral.validate#ValidationException', message });
}

export function errorName({ status, body }: EngineAnswer): string | undefined {
  if (status < 400) return undefined;
  const { __type: type } = parse(body);
  return typeof type === 'string' ? type.slice(type.indexOf('#') + 1) : undefined;
}

export function parse(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

/** Table name of a call, which states a name or an ARN. */
export function tableNameOf(fields: Fields): string {
  const { TableName: name } = fields;
  return typeof name === 'string' ? (name.split(':table/').at(-1) ?? name) : '';
}
