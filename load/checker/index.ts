// The delivery checker: reads the history of a run, and reports every breach of a promise. It does not depend on how the history was
// recorded: the simulation, the local cloud, load tests and drills on AWS share it.
import { AckCheck } from './acks';
import { DeliveryCheck } from './deliveries';
import type { HistoryEvent } from './history';
import { LatenessCheck, type LatenessKind } from './lateness';
import { Logs } from './logs';
import { OrderCheck } from './order';
import { type CheckOptions, type Excuse, EXCUSES, type Problem, PROBLEM_KINDS, type ProblemKind } from './problems';
import { Replicas } from './replicas';
import { RightsCheck } from './rights';
import { VerdictCheck } from './verdicts';

export * from './history';
export { LATENESS_KINDS, type LatenessKind } from './lateness';
export { type CheckOptions, type Excuse, EXCUSES, type Problem, PROBLEM_KINDS, type ProblemKind } from './problems';

export interface CheckResult {
  readonly problems: readonly Problem[];
  /** Number of problems by kind. */
  readonly counts: Readonly<Record<ProblemKind, number>>;
  readonly delivered: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** Messages that a subscriber never learns of, because their log was forgotten (`CheckOptions.forgottenAfter`). */
  readonly forgotten: number;
  /** Number of duplicates that the stated bounds allow, by reason. */
  readonly excused: Readonly<Record<Excuse, number>>;
  /** Answers to the first subscribe of a channel on a connection. */
  readonly joins: number;
  /** How late messages were at subscribers that were online. Milliseconds. */
  readonly lateness: Readonly<Record<LatenessKind, readonly number[]>>;
}

/** One subject of the checker. */
interface Check {
  take(event: HistoryEvent): void;
  /** Reports what only the end of the history shows. */
  end?(): void;
}

/** Checks a whole history, whose events are in the order in which they happened. */
export function check(history: readonly HistoryEvent[], options: CheckOptions = {}): CheckResult {
  const problems: Problem[] = [];
  const report = (kind: ProblemKind, t: number, message: string): void => {
    problems.push({ kind, t, message });
  };
  const excused = Object.fromEntries(EXCUSES.map((kind) => [kind, 0])) as Record<Excuse, number>;
  const excuse = (kind: Excuse): void => {
    excused[kind] += 1;
  };
  const logs = new Logs(history, report);
  const replicas = new Replicas();
  const rights = new RightsCheck(logs, options, report);
  const lateness = new LatenessCheck(logs, options, report, replicas);
  const deliveries = new DeliveryCheck(logs, options, { report, excuse, lateness, rights });
  const checks: readonly Check[] = [
    new AckCheck(logs, options, report, excuse),
    new OrderCheck(logs, report),
    deliveries,
    // It answers the deliveries from the events before theirs.
    lateness,
    rights,
    new VerdictCheck(logs, options, report, replicas),
  ];
  for (const event of history) {
    if (event.type === 'replicated') replicas.take(event);
    for (const one of checks) one.take(event);
  }
  for (const one of checks) one.end?.();
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
    excused,
    joins: lateness.joins,
    lateness: lateness.samples,
  };
}
