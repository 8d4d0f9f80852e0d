/** A reproducible source of random numbers (sfc32). */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  public constructor(seed: number) {
    this.a = seed | 0;
    this.b = Math.imul(seed, 0x9e3779b1) | 0;
    this.c = (seed ^ 0x5bd1e995) | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** At least 0, less than 1. */
  public next(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    this.c |= 0;
    return (t >>> 0) / 4_294_967_296;
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

  /** An exponentially distributed time with this mean. */
  public exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** An independent source, so that the draws of one part do not change those of another. */
  public fork(): Random {
    return new Random(Math.floor(this.next() * 0xffffffff));
  }
}
