import { seededRandom } from '../../local/support/random';

/** A reproducible source of random numbers. */
export class Random {
  /** At least 0, less than 1. */
  public readonly next: () => number;

  public constructor(seed: number) {
    this.next = seededRandom(seed, 'simulation');
  }

  public chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** An integer from `from` to `to`, both included. */
  public integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  public between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  public pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** A waiting time whose mean is `mean`: many short ones, few long. */
  public exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** A source of its own, so that what one part draws does not change what another gets. */
  public fork(): Random {
    return new Random(Math.floor(this.next() * 0xffffffff));
  }
}
