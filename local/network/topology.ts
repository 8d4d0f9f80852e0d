/** State of the regions and of the connections between them. The switchboard changes it. */
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

  /** Whether two regions are cut off from each other, in both directions. */
  public isCut(a: string, b: string): boolean {
    return this.cuts.has(pairOf(a, b));
  }

  public setCut(a: string, b: string, isCut: boolean): void {
    if (isCut) this.cuts.add(pairOf(a, b));
    else this.cuts.delete(pairOf(a, b));
  }

  /** Whether calls and replicated writes pass from one region to the other. */
  public reaches(from: string, to: string): boolean {
    return this.isUp(from) && this.isUp(to) && !this.isCut(from, to);
  }
}

function pairOf(a: string, b: string): string {
  return [a, b].sort().join(' ');
}
