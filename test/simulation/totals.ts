import { PROBLEM_KINDS, type ProblemKind } from '../../load/checker';
import { type Fault, FAULTS } from './faults';
import { type Move, MOVES } from './moves';
import type { ScheduleResult } from './schedule';

/** A schedule that broke a promise. */
export interface Failure {
  readonly seed: number;
  readonly kind: ProblemKind | 'crash';
  readonly message: string;
}

/** What many schedules came to together. */
export interface Totals {
  schedules: number;
  events: number;
  delivered: number;
  acknowledged: number;
  stored: number;
  readonly faults: Record<Fault, number>;
  readonly moves: Record<Move, number>;
  readonly problems: Record<ProblemKind, number>;
  readonly failures: Failure[];
}

export function noTotals(): Totals {
  const zeros = <K extends string>(keys: readonly K[]): Record<K, number> =>
    Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
  return {
    ...{ schedules: 0, events: 0, delivered: 0, acknowledged: 0, stored: 0 },
    ...{ faults: zeros(FAULTS), moves: zeros(MOVES), problems: zeros(PROBLEM_KINDS), failures: [] },
  };
}

export function addSchedule(totals: Totals, seed: number, result: ScheduleResult): void {
  totals.schedules += 1;
  for (const key of ['events', 'delivered', 'acknowledged', 'stored'] as const) totals[key] += result[key];
  for (const fault of FAULTS) totals.faults[fault] += result.faults[fault];
  for (const move of MOVES) totals.moves[move] += result.moves[move];
  for (const kind of PROBLEM_KINDS) totals.problems[kind] += result.counts[kind];
  const [first] = result.problems;
  if (result.crash !== undefined) totals.failures.push({ seed, kind: 'crash', message: result.crash });
  else if (first !== undefined) totals.failures.push({ seed, kind: first.kind, message: first.message });
}

export function addTotals(a: Totals, b: Totals): void {
  for (const key of ['schedules', 'events', 'delivered', 'acknowledged', 'stored'] as const) a[key] += b[key];
  for (const fault of FAULTS) a.faults[fault] += b.faults[fault];
  for (const move of MOVES) a.moves[move] += b.moves[move];
  for (const kind of PROBLEM_KINDS) a.problems[kind] += b.problems[kind];
  a.failures.push(...b.failures);
}
