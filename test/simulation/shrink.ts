// Makes a failing schedule small enough to read.
import type { Problem, ProblemKind } from '../../load/checker';
import { type Fault, FAULTS } from './faults';
import { type Reduction, WHOLE } from './plan';
import { runSchedule, type ScheduleResult } from './schedule';

export interface Shrunk {
  readonly reduction: Reduction;
  readonly problem: Problem | { readonly kind: 'crash'; readonly t: number; readonly message: string };
  readonly trace: readonly string[];
  /** Schedules that were run to get there. */
  readonly runs: number;
}

/** Lines of a trace that are shown at most. */
const LINES = 80;
const SCALES = [0.1, 0.2, 0.35, 0.5, 0.75];

/** Leaves out what the failure does not need: kinds of fault, then applications, messages and time. */
export async function shrink(seed: number, kind: ProblemKind | 'crash'): Promise<Shrunk> {
  let reduction: Reduction = WHOLE;
  let runs = 0;
  const stillFails = async (candidate: Reduction): Promise<boolean> => {
    runs += 1;
    return fails(await runSchedule(seed, candidate), kind);
  };
  for (const scale of SCALES) {
    if (await stillFails({ ...reduction, scale })) {
      reduction = { ...reduction, scale };
      break;
    }
  }
  const { rates } = (await runSchedule(seed, reduction)).plan;
  for (const fault of FAULTS.filter((one) => (rates[one] ?? 0) > 0)) {
    const candidate = { ...reduction, faults: [...reduction.faults, fault] };
    if (await stillFails(candidate)) reduction = candidate;
  }
  const trace: string[] = [];
  const result = await runSchedule(seed, reduction, (line) => trace.push(line));
  const problem = result.problems.find((one) => one.kind === kind) ?? {
    kind: 'crash' as const,
    t: 0,
    message: result.crash ?? '',
  };
  return { reduction, problem, runs, trace: relevant(trace, problem.message) };
}

function fails(result: ScheduleResult, kind: ProblemKind | 'crash'): boolean {
  return kind === 'crash' ? result.crash !== undefined : result.counts[kind] > 0;
}

/** The lines that have to do with the problem's subscriber or message; the last of them if there are many. */
function relevant(trace: readonly string[], message: string): readonly string[] {
  const words = message.match(/(?:client|server)\d+(?:[.-]\d+)?/g) ?? [];
  const patterns = [...new Set(words)].map((word) => new RegExp(`${word.replace('.', '\\.')}(?![\\d.-])`));
  return trace.filter((line) => patterns.some((pattern) => pattern.test(line))).slice(-LINES);
}

/** Kinds of fault that a shrunk schedule still has. */
export function remainingFaults(
  { faults }: Reduction,
  rates: Readonly<Partial<Record<Fault, number>>>,
): readonly Fault[] {
  return FAULTS.filter((fault) => (rates[fault] ?? 0) > 0 && !faults.includes(fault));
}
