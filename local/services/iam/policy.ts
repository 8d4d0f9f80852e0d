// Evaluation of identity policies: an explicit deny wins, and the default is deny.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
import { type ConditionContext, conditionMatches } from './conditions';
import { anyMatches, asList } from './match';

/** A right that a call needs: an action on a resource. */
export interface Right {
  /** `dynamodb:GetItem` */
  readonly action: string;
  /** An ARN, or `*` when the action has no resource. */
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

/** @param documents documents of all policies of an identity */
export function evaluate(documents: readonly unknown[], right: Right, context: ConditionContext = {}): Verdict {
  const matching = documents.flatMap(statementsOf).filter((one) => concerns(one, right));
  // An unknown condition never denies: a call that AWS allows must not fail here.
  if (matching.some((one) => one.Effect === 'Deny' && conditionMatches(one.Condition, context) === true))
    return 'denied';
  const isAllowed = matching.some(
    (one) => one.Effect === 'Allow' && conditionMatches(one.Condition, context) !== false,
  );
  return isAllowed ? 'allowed' : 'not allowed';
}

function statementsOf(document: unknown): readonly Statement[] {
  const { Statement: statements } = (document ?? {}) as { Statement?: unknown };
  return asList(statements) as readonly Statement[];
}

/** Whether a statement applies to a right. Policy variables are not replaced: a pattern with one matches its literal text only. */
function concerns({ Action, NotAction, Resource, NotResource }: Statement, { action, resource }: Right): boolean {
  return (
    (NotAction === undefined ? anyMatches(Action, action, 'i') : !anyMatches(NotAction, action, 'i')) &&
    (NotResource === undefined ? anyMatches(Resource, resource) : !anyMatches(NotResource, resource))
  );
}
