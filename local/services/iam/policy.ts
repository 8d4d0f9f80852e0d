// Identity policies, judged as IAM does: a deny wins, and what is not allowed is denied.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
import { type ConditionContext, conditionMatches } from './conditions';
import { anyMatches, asList } from './match';

/** What a call needs: an action on a resource. */
export interface Right {
  /** `dynamodb:GetItem` */
  readonly action: string;
  /** An ARN, or `*` where the action is on no resource. */
  readonly resource: string;
}

export type Verdict = 'allowed' | 'denied' | 'not allowed';

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: unknown;
}

/** @param documents of all policies that an identity has */
export function evaluate(documents: readonly unknown[], right: Right, context: ConditionContext = {}): Verdict {
  const matching = documents.flatMap(statementsOf).filter((one) => concerns(one, right));
  // A condition that can't be judged here never refuses: a call that AWS would let through must not fail.
  if (matching.some((one) => one.Effect === 'Deny' && conditionMatches(one.Condition, context) === true)) return 'denied';
  const isAllowed = matching.some((one) => one.Effect === 'Allow' && conditionMatches(one.Condition, context) !== false);
  return isAllowed ? 'allowed' : 'not allowed';
}

function statementsOf(document: unknown): readonly Statement[] {
  const { Statement: statements } = (document ?? {}) as { Statement?: unknown };
  return asList(statements) as readonly Statement[];
}

/** Policy variables stand for nothing here: a pattern with one matches only its own text. */
function concerns({ Action, NotAction, Resource, NotResource }: Statement, { action, resource }: Right): boolean {
  return (
    (NotAction === undefined ? anyMatches(Action, action, 'i') : !anyMatches(NotAction, action, 'i')) &&
    (NotResource === undefined ? anyMatches(Resource, resource) : !anyMatches(NotResource, resource))
  );
}
