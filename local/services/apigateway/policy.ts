// Evaluation of the IAM policy that a Lambda authorizer returns: an explicit deny wins, and the default is deny.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
import { anyMatches, asList } from '../iam/match';

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

/** Reason for which a policy can't be evaluated; undefined when it can. */
export function policyProblem(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null) return 'is missing';
  const statements = statementsOf(document);
  if (statements.length === 0) return 'has no statement';
  for (const statement of statements) {
    if (typeof statement !== 'object' || statement === null) return 'has a statement that is not an object';
    const { Effect, Action, Resource } = statement as Statement;
    // An ignored element, such as a condition, could allow a client that AWS denies.
    const other = Object.keys(statement).find((name) => !['Sid', 'Effect', 'Action', 'Resource'].includes(name));
    if (other !== undefined) return `has the element ${other}, which the local cloud does not evaluate`;
    if (Effect !== 'Allow' && Effect !== 'Deny') return 'has a statement without Effect';
    if (!isTexts(Action) || !isTexts(Resource)) return 'has a statement without Action or Resource';
  }
  return undefined;
}

/** Whether a valid policy document allows `execute-api:Invoke` on a resource. */
export function allowsInvoke(document: unknown, resource: string): boolean {
  const matching = (statementsOf(document) as readonly Statement[]).filter(
    (one) => anyMatches(one.Action, 'execute-api:Invoke', 'i') && anyMatches(one.Resource, resource),
  );
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

function statementsOf(document: unknown): readonly unknown[] {
  return asList((document as { Statement?: unknown }).Statement);
}

function isTexts(value: unknown): boolean {
  const all = asList(value);
  return all.length > 0 && all.every((one) => typeof one === 'string');
}
