// The IAM policy that a Lambda authorizer returns, judged as IAM does: a deny wins, and what is not allowed is denied.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-output.html

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

/** Whether a policy document lets `execute-api:Invoke` through on a resource. */
export function allowsInvoke(document: unknown, resource: string): boolean {
  const { Statement: statements } = (document ?? {}) as { Statement?: Statement | readonly Statement[] };
  const matching = asList(statements).filter(
    (one) => anyMatches(one.Action, 'execute-api:Invoke') && anyMatches(one.Resource, resource),
  );
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

function anyMatches(patterns: unknown, value: string): boolean {
  return asList(patterns as string | readonly string[] | undefined).some((pattern) => wildcard(pattern).test(value));
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  // Action names are compared without case; ARNs that differ in case only don't occur.
  return new RegExp(`^${source}$`, 'i');
}

function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
