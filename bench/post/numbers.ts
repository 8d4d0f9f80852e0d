// Ratios of CPU time between contenders. The machine's speed changes from one run to the next, so that a ratio is taken within
// a run, where contenders follow each other in seconds; runs are summarized afterwards.
import { median } from '../support/median';
import { CONTENDER_NAMES, CONTENDERS, type ContenderName } from './contenders';

export interface Sample {
  /** CPU milliseconds of 1,000 posts. */
  readonly cpuPerThousand: number;
  readonly postsPerSecond: number;
}

/** One run of every contender. */
export type Run = Readonly<Record<ContenderName, Sample>>;

export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The budget of our client: CPU time as a multiple of unsigned undici's. */
export const MAX_OF_UNDICI = 1.5;
/** The advantage over the tuned SDK: its CPU time as a multiple of our client's. */
export const MIN_SDK_OF_OURS = 10;
/** `node:https` replaces our transport when its CPU time is at most this multiple of unsigned undici's. */
export const MAX_HTTPS_OF_UNDICI = 1.25;

function summarize(values: readonly number[]): Summary {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** CPU time of one contender as a multiple of another's, within each run. */
export function ratio(runs: readonly Run[], of: ContenderName, to: ContenderName): Summary {
  return summarize(runs.map((run) => run[of].cpuPerThousand / run[to].cpuPerThousand));
}

export interface Row {
  readonly name: ContenderName;
  readonly title: string;
  /** Median. CPU milliseconds of 1,000 posts. */
  readonly cpuPerThousand: number;
  /** CPU time as a multiple of unsigned undici's. */
  readonly ofUndici: Summary;
  /** Median. */
  readonly postsPerSecond: number;
}

export function rowsOf(runs: readonly Run[]): readonly Row[] {
  return CONTENDER_NAMES.map((name) => ({
    name,
    title: CONTENDERS[name].title,
    cpuPerThousand: median(runs.map((run) => run[name].cpuPerThousand)),
    ofUndici: ratio(runs, name, 'undici'),
    postsPerSecond: median(runs.map((run) => run[name].postsPerSecond)),
  }));
}

export interface Verdict {
  readonly oursOfUndici: number;
  readonly sdkOfOurs: number;
  readonly httpsOfUndici: number;
  /** Whether our client keeps its budget, and its advantage over the SDK. */
  readonly isMet: boolean;
  /** Whether `node:https`, unsigned, is cheap enough to replace our transport. */
  readonly isHttpsNear: boolean;
}

/** Judges medians. */
export function judge(runs: readonly Run[]): Verdict {
  const oursOfUndici = ratio(runs, 'ours', 'undici').median;
  const sdkOfOurs = ratio(runs, 'sdk-tuned', 'ours').median;
  const httpsOfUndici = ratio(runs, 'https', 'undici').median;
  return {
    oursOfUndici,
    sdkOfOurs,
    httpsOfUndici,
    isMet: oursOfUndici <= MAX_OF_UNDICI && sdkOfOurs >= MIN_SDK_OF_OURS,
    isHttpsNear: httpsOfUndici <= MAX_HTTPS_OF_UNDICI,
  };
}
