import type { Frame, Part } from './publish-batch';

/** Messages remembered whose publish failed, and may be stored nevertheless. */
const MAX_UNSURE = 1_000;

/**
 * Publishes whose calls failed without it being known whether they were stored, by the ids of their messages: for an
 * application that publishes again. The frame is kept whole, with what was sent beside them: the server knows it again
 * only so.
 */
export class Unsure {
  private readonly frames = new Map<string, Frame>();

  public get(channel: string, { ids }: Part): Frame | undefined {
    return ids.map((id) => this.frames.get(`${channel} ${id}`)).find((frame) => frame !== undefined);
  }

  public remember(channel: string, { ids }: Part, frame: Frame): void {
    this.forget(channel, { ids });
    for (const id of ids) this.frames.set(`${channel} ${id}`, frame);
    for (const oldest of this.frames.keys()) {
      if (this.frames.size <= MAX_UNSURE) break;
      this.frames.delete(oldest);
    }
  }

  public forget(channel: string, { ids }: Pick<Part, 'ids'>): void {
    for (const id of ids) this.frames.delete(`${channel} ${id}`);
  }
}
