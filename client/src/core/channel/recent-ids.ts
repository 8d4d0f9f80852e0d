/** Most ids that are remembered. */
const MAX_IDS = 1_000;

/** Ids of the newest messages, to drop messages that were published twice. */
export class RecentIds {
  readonly #ids = new Set<string>();

  public has(id: string): boolean {
    return this.#ids.has(id);
  }

  public add(id: string): void {
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= MAX_IDS) break;
      this.#ids.delete(oldest);
    }
  }
}
