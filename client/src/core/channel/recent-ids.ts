/** Messages remembered, by sender and id, to drop what was published twice. */
const MAX_IDS = 1_000;

/** The newest ids. */
export class RecentIds {
  private readonly ids = new Set<string>();

  public has(id: string): boolean {
    return this.ids.has(id);
  }

  public add(id: string): void {
    this.ids.add(id);
    for (const oldest of this.ids) {
      if (this.ids.size <= MAX_IDS) break;
      this.ids.delete(oldest);
    }
  }
}
