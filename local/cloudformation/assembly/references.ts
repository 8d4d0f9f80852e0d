import { asText } from './text';

/** Logical ids that a value references. */
export function references(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    if (key === 'Ref' && typeof one === 'string') return [one];
    if (key === 'Fn::GetAtt') return [asText(Array.isArray(one) ? one[0] : String(one).split('.')[0])];
    if (key === 'Fn::Sub') {
      const [template, variables] = (Array.isArray(one) ? one : [one, {}]) as [unknown, object | undefined];
      const names = [...asText(template).matchAll(/\$\{([^!}][^}]*)\}/g)]
        .map(([, name = '']) => name)
        .filter((name) => !Object.hasOwn(variables ?? {}, name));
      return [...names.map((name) => name.split('.')[0] ?? ''), ...references(variables)];
    }
    return references(one);
  });
}
