// Patterns of policies: one text or a list, with the wildcards `*` and `?`.

export function asList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/**
 * Whether any pattern matches. A `*` also matches the colons of an ARN, as on AWS when it ends a segment.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html#reference_policies_elements_resource_wildcards
 *
 * @param flags `i` for actions, which are case-insensitive; ARNs are case-sensitive
 */
export function anyMatches(patterns: unknown, value: string, flags = ''): boolean {
  return asList(patterns).some((pattern) => wildcard(String(pattern), flags).test(value));
}

function wildcard(pattern: string, flags: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, flags);
}
