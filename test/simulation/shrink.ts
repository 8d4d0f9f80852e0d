// Reduces a failing schedule to one that is small enough to read.
import type { Problem, ProblemKind } from '../../load/checker';
import { type Fault, FAULTS } from './faults';
import { type Reduction, NO_REDUCTION } from './plan';
import { runSchedule, type ScheduleOptions, type ScheduleResult } from './schedule';

export interface Shrunk {
  readonly reduction: Reduction;
  readonly problem: Problem | { readonly kind: 'crash'; readonly t: number; readonly message: string };
  readonly trace: readonly string[];
  /** Schedules that the reduction ran. */
  readonly runs: number;
}

/** Most lines of a trace that are printed. */
const MAX_TRACE_LINES = 80;
const SCALES = [0.1, 0.2, 0.35, 0.5, 0.75];

/** Reduces the scale of a schedule, then removes kinds of fault, as long as the same kind of problem occurs. */
export async function shrink(
  seed: number,
  kind: ProblemKind | 'crash',
  { profile }: Pick<ScheduleOptions, 'profile'>,
): Promise<Shrunk> {
  let reduction: Reduction = NO_REDUCTION;
  let runs = 0;
  const stillFails = async (candidate: Reduction): Promise<boolean> => {
    runs += 1;
    return hasProblem(await runSchedule(seed, { profile, reduction: candidate }), kind);
  };
  for (const scale of SCALES) {
    if (await stillFails({ ...reduction, scale })) {
      reduction = { ...reduction, scale };
      break;
    }
  }
  const { rates } = (await runSchedule(seed, { profile, reduction })).plan;
  for (const fault of FAULTS.filter((one) => (rates[one] ?? 0) > 0)) {
    const candidate = { ...reduction, faults: [...reduction.faults, fault] };
    if (await stillFails(candidate)) reduction = candidate;
  }
  const trace: string[] = [];
  const result = await runSchedule(seed, { profile, reduction, trace: (line) => trace.push(line) });
  const problem = result.problems.find((one) => one.kind === kind) ?? {
    kind: 'crash' as const,
    t: 0,
    message: result.crash ?? '',
  };
  return { reduction, problem, runs, trace: linesAbout(trace, problem.message) };
}

function hasProblem(result: ScheduleResult, kind: ProblemKind | 'crash'): boolean {
  return kind === 'crash' ? result.crash !== undefined : result.counts[kind] > 0;
}

/** The last lines that name the clients, servers or messages of a problem. */
function linesAbout(trace: readonly string[], message: string): readonly string[] {
  const words = message.match(/(?:client|server)\d+(?:[.-]\d+)?/g) ?? [];
  const patterns = [...new Set(words)].map((word) => new RegExp(`${word.replace('.', '\\.')}(?![\\d.-])`));
  return trace.filter((line) => patterns.some((pattern) => pattern.test(line))).slice(-MAX_TRACE_LINES);
}

/** Kinds of fault that remain in a reduced schedule. */
export function remainingFaults(
  { faults }: Reduction,
  rates: Readonly<Partial<Record<Fault, number>>>,
): readonly Fault[] {
  return FAULTS.filter((fault) => (rates[fault] ?? 0) > 0 && !faults.includes(fault));
}
