/** Which regions are up, and which of them reach each other: what the switchboard switches, and everything else asks. */
export class Topology {
  private readonly down = new Set<string>();
  private readonly cuts = new Set<string>();

  public isUp(region: string): boolean {
    return !this.down.has(region);
  }

  public setUp(region: string, isUp: boolean): void {
    if (isUp) this.down.delete(region);
    else this.down.add(region);
  }

  /** Whether nothing goes between the two regions, either way. */
  public isCut(a: string, b: string): boolean {
    return this.cuts.has(pairOf(a, b));
  }

  public setCut(a: string, b: string, isCut: boolean): void {
    if (isCut) this.cuts.add(pairOf(a, b));
    else this.cuts.delete(pairOf(a, b));
  }

  /** Whether a call, or a replicated write, gets from one region to the other. */
  public reaches(from: string, to: string): boolean {
    return this.isUp(from) && this.isUp(to) && !this.isCut(from, to);
  }
}

function pairOf(a: string, b: string): string {
  return [a, b].sort().join(' ');
}
