// XML of the AWS query protocol. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html

/** A value of a response: structures are elements by name, lists are `member` elements, undefined is left out. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};

/** Content of an element. */
export function toXml(value: XmlValue): string {
  if (value === undefined) return '';
  if (isList(value)) return value.map((one) => `<member>${toXml(one)}</member>`).join('');
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => `<${name}>${toXml(one)}</${name}>`)
      .join('');
  }
  return String(value).replaceAll(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? character);
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}
