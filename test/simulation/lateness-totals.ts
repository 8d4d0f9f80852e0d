// How late messages were, over many schedules, and what is allowed.
import { LATENESS_KINDS } from '../../load/checker';
import type { ScheduleResult } from './schedule';

export const LATENESS_TOTALS = [...LATENESS_KINDS, 'with-faults'] as const;
export type LatenessTotal = (typeof LATENESS_TOTALS)[number];

/** Number of samples by their size, rounded up to RESOLUTION. Milliseconds. */
export type Histogram = Record<number, number>;

/** Milliseconds. */
const RESOLUTION = 25;

export interface Budget {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * What is allowed over all schedules. Milliseconds. Without faults, a delivery takes a write, a read and a post; across regions, also
 * a queue. With faults it may take a sync and its timeout, a reconnect, a pause of replication, and a wait for a token; but half of
 * the messages must not notice.
 */
export const BUDGETS: Readonly<Record<LatenessTotal, Budget>> = {
  'same-region': { p50: 150, p99: 700, max: 1_500 },
  'other-region': { p50: 300, p99: 1_200, max: 4_000 },
  joined: { p50: 1_200, p99: 2_500, max: 3_000 },
  'joined-lagging': { p50: 20_000, p99: 50_000, max: 50_000 },
  'with-faults': { p50: 250, p99: 60_000, max: 520_000 },
};

export function noLateness(): Record<LatenessTotal, Histogram> {
  return Object.fromEntries(LATENESS_TOTALS.map((kind) => [kind, {}])) as Record<LatenessTotal, Histogram>;
}

/** Adds the samples of a schedule. */
export function addLateness(
  totals: Record<LatenessTotal, Histogram>,
  { plan, lateness }: Pick<ScheduleResult, 'plan' | 'lateness'>,
): void {
  for (const kind of LATENESS_KINDS) {
    const histogram = totals[plan.isLowLatency ? kind : 'with-faults'];
    for (const sample of lateness[kind]) {
      const size = Math.ceil(sample / RESOLUTION) * RESOLUTION;
      histogram[size] = (histogram[size] ?? 0) + 1;
    }
  }
}

export function mergeLateness(
  sum: Record<LatenessTotal, Histogram>,
  part: Readonly<Record<LatenessTotal, Histogram>>,
): void {
  for (const kind of LATENESS_TOTALS) {
    for (const [size, count] of Object.entries(part[kind])) {
      sum[kind][Number(size)] = (sum[kind][Number(size)] ?? 0) + count;
    }
  }
}

export interface Percentiles extends Budget {
  readonly samples: number;
}

export function percentilesOf(histogram: Histogram): Percentiles {
  const sizes = Object.keys(histogram)
    .map(Number)
    .sort((a, b) => a - b);
  const samples = sizes.reduce((sum, size) => sum + (histogram[size] ?? 0), 0);
  const at = (share: number): number => {
    let left = Math.ceil(samples * share);
    return sizes.find((size) => (left -= histogram[size] ?? 0) <= 0) ?? 0;
  };
  return { samples, p50: at(0.5), p99: at(0.99), max: sizes.at(-1) ?? 0 };
}

/** The percentiles that exceed their budget, as text. */
export function overBudget(totals: Readonly<Record<LatenessTotal, Histogram>>): readonly string[] {
  return LATENESS_TOTALS.flatMap((kind) => {
    const measured = percentilesOf(totals[kind]);
    return (['p50', 'p99', 'max'] as const)
      .filter((name) => measured[name] > BUDGETS[kind][name] + RESOLUTION)
      .map((name) => `${kind} ${name}: ${measured[name]} ms, at most ${BUDGETS[kind][name]} ms are allowed`);
  });
}
