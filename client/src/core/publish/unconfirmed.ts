import type { PublishBatch, PublishCall } from './publish-batch';

/** Most message ids that are remembered. */
const MAX_UNCONFIRMED = 1_000;

/**
 * Batches of calls that failed although the messages may be stored, by message id. If the application publishes such a message again,
 * its whole batch is sent again, because the server recognizes only the batch as a whole.
 */
export class UnconfirmedPublishes {
  readonly #batches = new Map<string, PublishBatch>();

  public get(channel: string, { ids }: PublishCall): PublishBatch | undefined {
    return ids.map((id) => this.#batches.get(`${channel} ${id}`)).find((batch) => batch !== undefined);
  }

  public remember(channel: string, call: PublishCall, batch: PublishBatch): void {
    this.forget(channel, call);
    for (const id of call.ids) this.#batches.set(`${channel} ${id}`, batch);
    for (const oldest of this.#batches.keys()) {
      if (this.#batches.size <= MAX_UNCONFIRMED) break;
      this.#batches.delete(oldest);
    }
  }

  public forget(channel: string, { ids }: PublishCall): void {
    for (const id of ids) this.#batches.delete(`${channel} ${id}`);
  }
}
