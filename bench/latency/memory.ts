// Duration and price of a function with more or less memory: the CPU time depends on memory, the time of waiting does not.
import { PRICES } from '../cost/prices';

/** Averages of a function's invocations, where nothing limits its CPU. Milliseconds. */
export interface FunctionUse {
  readonly name: string;
  /** Deployed memory. MB. */
  readonly memory: number;
  readonly invocations: number;
  readonly cpu: number;
  readonly duration: number;
  /** Part of the duration that is emulated latency. */
  readonly emulated: number;
}

/** A point of the curve. */
export interface Sized {
  readonly memory: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Price of a million invocations. */
  readonly dollars: number;
}

/** Memory that comes with one vCPU. MB. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const ONE_VCPU = 1_769;
export const SIZES = [256, 512, 1_024, ONE_VCPU, 3_008];
const MILLION = 1e6;

/**
 * Estimates a function that computes and waits in turn. With less than one vCPU, computing takes proportionally longer; with more, a
 * single thread of JavaScript does not become faster. Computing that overlaps with waiting is unknown, so small sizes look slower than
 * they are; garbage collection and TLS are not in the CPU time, so they look faster.
 */
export function sized({ cpu, duration }: Pick<FunctionUse, 'cpu' | 'duration'>, memory: number): Sized {
  const waiting = Math.max(0, duration - cpu);
  const takes = waiting + cpu * Math.max(1, ONE_VCPU / memory);
  const gbMs = (Math.ceil(takes) * memory) / 1_024;
  return {
    memory,
    duration: takes,
    dollars: MILLION * (gbMs * PRICES['lambda arm64 GB-ms'] + PRICES['lambda requests']),
  };
}

/**
 * The function on a machine where it waits for the emulated latencies only. On this machine, functions also wait for the local
 * cloud, which shares their cores. AWS is between the two.
 */
export function undisturbed(use: FunctionUse): FunctionUse {
  return { ...use, duration: Math.min(use.duration, use.cpu + use.emulated) };
}

/** The size with the smallest product of duration and price. */
export function balanced(use: Pick<FunctionUse, 'cpu' | 'duration'>, sizes: readonly number[] = SIZES): number {
  const product = (memory: number): number => {
    const { duration, dollars } = sized(use, memory);
    return duration * dollars;
  };
  return sizes.reduce((best, size) => (product(size) < product(best) ? size : best));
}
