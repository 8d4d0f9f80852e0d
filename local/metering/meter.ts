import type { Usage } from './units';

/** What one region has used that AWS would bill, added up by service, unit, resource and operation. */
export class Meter {
  private usage = new Map<string, Usage>();
  private readonly accruals: (() => void)[] = [];

  public add(used: Usage): void {
    const { service, unit, resource, operation, amount } = used;
    const key = JSON.stringify([service, unit, resource, operation]);
    const before = this.usage.get(key)?.amount ?? 0;
    this.usage.set(key, { ...used, amount: before + amount });
  }

  /** @param accrue adds what is used by time alone, up to now: called before every reading */
  public onRead(accrue: () => void): void {
    this.accruals.push(accrue);
  }

  /** Everything since the start, or since the last `take`. */
  public read(): readonly Usage[] {
    for (const accrue of this.accruals) accrue();
    return [...this.usage].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, used]) => used);
  }

  /** The same, and begins anew. */
  public take(): readonly Usage[] {
    const taken = this.read();
    this.usage = new Map();
    return taken;
  }
}
