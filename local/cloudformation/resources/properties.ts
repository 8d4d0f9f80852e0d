// Readers of resource properties. CloudFormation accepts numbers and booleans as text too.

type Properties = Readonly<Record<string, unknown>>;

/** A text; undefined when the property is absent. */
export function text(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** @throws Error when the property is missing */
export function required(properties: Properties, name: string): string {
  const value = text(properties, name);
  if (value === undefined) throw new Error(`the property ${name} is missing`);
  return value;
}

export function number(properties: Properties, name: string): number | undefined {
  const value = text(properties, name);
  return value === undefined ? undefined : Number(value);
}

export function flag(properties: Properties, name: string): boolean {
  return text(properties, name) === 'true';
}

export function texts(properties: Properties, name: string): readonly string[] {
  const value = properties[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** A list of structured properties; empty when absent. */
export function objects(properties: Properties, name: string): readonly Properties[] {
  const value = properties[name];
  return Array.isArray(value) ? (value as readonly Properties[]) : [];
}

/** A structured property; empty when absent. */
export function object(properties: Properties, name: string): Properties {
  const value = properties[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Properties) : {};
}

/** A structured property whose values are texts. */
export function textMap(properties: Properties, name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(object(properties, name)).map(([key, value]) => [key, String(value)]));
}
