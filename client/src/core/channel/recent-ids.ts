/** Ids that are remembered at least, however old they are. */
const MIN_IDS = 1_000;
/** Ids that are remembered at most, however new they are: a sender and an id have up to 193 characters. */
const MAX_IDS = 20_000;
/**
 * How long ids are remembered between these numbers: longer than a publish is repeated by the SDK, and than a queue of
 * `ordering: fifo` recognizes a repetition, which is five minutes. Milliseconds.
 */
const MIN_AGE = 360_000;

/** Ids of the newest messages, to drop messages that were published twice. */
export class RecentIds {
  /** When each was added, the oldest first. */
  readonly #ids = new Map<string, number>();

  public has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** @param now milliseconds, of a clock that never runs backwards */
  public add(id: string, now: number): void {
    this.#ids.set(id, now);
    for (const [oldest, addedAt] of this.#ids) {
      const { size } = this.#ids;
      if (size <= MIN_IDS || (size <= MAX_IDS && now - addedAt <= MIN_AGE)) break;
      this.#ids.delete(oldest);
    }
  }
}
