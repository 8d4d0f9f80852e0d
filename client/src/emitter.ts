/** Typed listeners by event. A listener that throws does not affect the others. */
export class Emitter<Events extends Record<keyof Events, readonly unknown[]>> {
  readonly #listeners = new Map<keyof Events, Set<(...args: readonly unknown[]) => void>>();

  /** Adds a listener. Returns a function that removes it. */
  public on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set);
    const entry = listener as unknown as (...args: readonly unknown[]) => void;
    set.add(entry);
    return () => set.delete(entry);
  }

  public emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    const set = this.#listeners.get(event);
    for (const listener of [...(set ?? [])]) {
      // An earlier listener may have removed this one.
      if (set?.has(listener) !== true) continue;
      try {
        listener(...args);
      } catch (error) {
        // The error surfaces as an uncaught error of the application.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
