import { type Excuse, EXCUSES, PROBLEM_KINDS, type ProblemKind } from '../../load/checker';
import { type Fault, FAULTS } from './faults';
import { type Handover, HANDOVERS } from './cursor-handovers';
import { addLateness, type Histogram, type LatenessTotal, mergeLateness, noLateness } from './lateness-totals';
import type { ScheduleResult } from './schedule';

/** A schedule in which a guarantee was broken. */
export interface Failure {
  readonly seed: number;
  readonly kind: ProblemKind | 'crash';
  readonly message: string;
}

/** Sums over several schedules. */
export interface Totals {
  schedules: number;
  events: number;
  delivered: number;
  acknowledged: number;
  stored: number;
  /** Messages that a subscriber never learns of, because their log was forgotten. */
  forgotten: number;
  /** Answers to the first subscribe of a channel on a connection. */
  joins: number;
  /** Requests with an idempotency key. */
  keyedAttempts: number;
  readonly excused: Record<Excuse, number>;
  readonly lateness: Record<LatenessTotal, Histogram>;
  readonly faults: Record<Fault, number>;
  readonly handovers: Record<Handover, number>;
  readonly problems: Record<ProblemKind, number>;
  readonly failures: Failure[];
}

/** Counters of a schedule that are summed. */
const COUNTERS = ['events', 'delivered', 'acknowledged', 'stored', 'forgotten', 'joins', 'keyedAttempts'] as const;

export function noTotals(): Totals {
  const zeros = <K extends string>(keys: readonly K[]): Record<K, number> =>
    Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
  return {
    schedules: 0,
    events: 0,
    delivered: 0,
    acknowledged: 0,
    stored: 0,
    forgotten: 0,
    joins: 0,
    keyedAttempts: 0,
    excused: zeros(EXCUSES),
    lateness: noLateness(),
    faults: zeros(FAULTS),
    handovers: zeros(HANDOVERS),
    problems: zeros(PROBLEM_KINDS),
    failures: [],
  };
}

export function addSchedule(totals: Totals, seed: number, result: ScheduleResult): void {
  totals.schedules += 1;
  for (const counter of COUNTERS) totals[counter] += result[counter];
  for (const excuse of EXCUSES) totals.excused[excuse] += result.excused[excuse];
  addLateness(totals.lateness, result);
  for (const fault of FAULTS) totals.faults[fault] += result.faults[fault];
  for (const handover of HANDOVERS) totals.handovers[handover] += result.handovers[handover];
  for (const kind of PROBLEM_KINDS) totals.problems[kind] += result.counts[kind];
  const [first] = result.problems;
  if (result.crash !== undefined) totals.failures.push({ seed, kind: 'crash', message: result.crash });
  else if (first !== undefined) totals.failures.push({ seed, kind: first.kind, message: first.message });
}

export function addTotals(sum: Totals, part: Totals): void {
  sum.schedules += part.schedules;
  for (const counter of COUNTERS) sum[counter] += part[counter];
  for (const excuse of EXCUSES) sum.excused[excuse] += part.excused[excuse];
  mergeLateness(sum.lateness, part.lateness);
  for (const fault of FAULTS) sum.faults[fault] += part.faults[fault];
  for (const handover of HANDOVERS) sum.handovers[handover] += part.handovers[handover];
  for (const kind of PROBLEM_KINDS) sum.problems[kind] += part.problems[kind];
  sum.failures.push(...part.failures);
}
