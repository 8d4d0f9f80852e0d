// What a function takes, and costs, with more or less memory: CPU time grows and shrinks with it, waiting does not.
import { PRICES } from '../cost/prices';

/** What an invocation of a function comes to, on average, where nothing limits its CPU. Milliseconds. */
export interface FunctionUse {
  readonly name: string;
  /** MB that it is deployed with. */
  readonly memory: number;
  readonly invocations: number;
  readonly cpu: number;
  readonly duration: number;
  /** Of the duration, what the emulated latencies come to, by themselves. */
  readonly emulated: number;
}

/** A point of the curve. */
export interface Sized {
  readonly memory: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Of a million invocations. */
  readonly dollars: number;
}

/** MB that are one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const ONE_VCPU = 1_769;
export const SIZES = [256, 512, 1_024, ONE_VCPU, 3_008];
const MILLION = 1e6;

/**
 * A function that computes and waits in turns. With less than a vCPU the same work takes longer in proportion; with more, one
 * thread of JavaScript gets no faster. What computing overlaps with waiting is not known, which makes small sizes look slower than
 * they would be; garbage collection and TLS are not in the CPU time, which makes them look faster.
 */
export function sized({ cpu, duration }: Pick<FunctionUse, 'cpu' | 'duration'>, memory: number): Sized {
  const waiting = Math.max(0, duration - cpu);
  const takes = waiting + cpu * Math.max(1, ONE_VCPU / memory);
  const gbMs = (Math.ceil(takes) * memory) / 1_024;
  return {
    ...{ memory, duration: takes },
    dollars: MILLION * (gbMs * PRICES['lambda arm64 GB-ms'] + PRICES['lambda requests']),
  };
}

/**
 * The same on a machine of which all else is fast: it waits for what is emulated, and for nothing else. Here functions also wait for
 * the local cloud, which has the same cores; AWS is somewhere between.
 */
export function undisturbed(use: FunctionUse): FunctionUse {
  return { ...use, duration: Math.min(use.duration, use.cpu + use.emulated) };
}

/** Of the sizes, the one whose duration and price multiplied are least: where a step to either side loses more than it gains. */
export function balanced(use: Pick<FunctionUse, 'cpu' | 'duration'>, sizes: readonly number[] = SIZES): number {
  const product = (memory: number): number => {
    const { duration, dollars } = sized(use, memory);
    return duration * dollars;
  };
  return sizes.reduce((best, size) => (product(size) < product(best) ? size : best));
}
