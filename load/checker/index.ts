// The delivery checker: reads the history of a run, and reports every breach of a promise. It does not depend on how the history was
// recorded: the simulation, the local cloud, load tests and drills on AWS share it.
import { AckCheck } from './acks';
import { DeliveryCheck } from './deliveries';
import type { HistoryEvent } from './history';
import { Logs } from './logs';
import { OrderCheck } from './order';
import { type CheckOptions, type Problem, PROBLEM_KINDS, type ProblemKind } from './problems';
import { VerdictCheck } from './verdicts';

export * from './history';
export { type CheckOptions, type Problem, PROBLEM_KINDS, type ProblemKind } from './problems';

export interface CheckResult {
  readonly problems: readonly Problem[];
  /** Number of problems by kind. */
  readonly counts: Readonly<Record<ProblemKind, number>>;
  readonly delivered: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** Messages that a subscriber never learns of, because their log was forgotten (`CheckOptions.forgottenAfter`). */
  readonly forgotten: number;
}

/** Checks a whole history, whose events are in the order in which they happened. */
export function check(history: readonly HistoryEvent[], options: CheckOptions = {}): CheckResult {
  const problems: Problem[] = [];
  const report = (kind: ProblemKind, t: number, message: string): void => {
    problems.push({ kind, t, message });
  };
  const logs = new Logs(history, report);
  const deliveries = new DeliveryCheck(logs, options, report);
  const checks = [
    new AckCheck(logs, options, report),
    new OrderCheck(logs, report),
    deliveries,
    new VerdictCheck(logs, options, report),
  ];
  for (const event of history) for (const one of checks) one.take(event);
  for (const one of checks) one.end();
  const count = (type: HistoryEvent['type']): number => history.filter((event) => event.type === type).length;
  return {
    problems,
    counts: Object.fromEntries(
      PROBLEM_KINDS.map((kind) => [kind, problems.filter((one) => one.kind === kind).length]),
    ) as Record<ProblemKind, number>,
    delivered: count('delivered'),
    acknowledged: count('publish-acknowledged'),
    stored: count('stored'),
    forgotten: deliveries.forgotten,
  };
}
