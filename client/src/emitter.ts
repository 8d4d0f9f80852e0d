/** Listeners by event, with their arguments typed. A listener that throws does not keep the others from being told. */
export class Emitter<Events extends Record<keyof Events, readonly unknown[]>> {
  readonly #listeners = new Map<keyof Events, Set<(...args: readonly unknown[]) => void>>();

  /** Adds a listener; the function that is returned removes it. */
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
      // One that another has just removed is not told any more.
      if (set?.has(listener) !== true) continue;
      try {
        listener(...args);
      } catch (error) {
        // Not ours to handle, and not to be swallowed: it surfaces as an uncaught error of the application.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
