import type { Usage } from './units';

/** Billable usage of one region, summed by service, unit, resource and operation. */
export class Meter {
  private usage = new Map<string, Usage>();
  private readonly accruals: (() => void)[] = [];

  public add(used: Usage): void {
    const { service, unit, resource, operation, amount } = used;
    const key = JSON.stringify([service, unit, resource, operation]);
    const before = this.usage.get(key)?.amount ?? 0;
    this.usage.set(key, { ...used, amount: before + amount });
  }

  /** @param accrue adds time-based usage up to now; called before every reading */
  public onRead(accrue: () => void): void {
    this.accruals.push(accrue);
  }

  /** Usage since the start or the last `take`. */
  public read(): readonly Usage[] {
    for (const accrue of this.accruals) accrue();
    return [...this.usage].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, used]) => used);
  }

  /** Returns the usage like `read`, and resets it. */
  public take(): readonly Usage[] {
    const taken = this.read();
    this.usage = new Map();
    return taken;
  }
}
