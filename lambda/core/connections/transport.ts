/** What became of a post to one connection; `slow` ones have no answer yet, or were not begun for one before (patience.ts). */
export type PostOutcome = 'delivered' | 'gone' | 'throttled' | 'forbidden' | 'failed' | 'slow';

/** Sends frames to connections of this region. Never throws. */
export interface Poster {
  post(connectionId: string, frame: Uint8Array): Promise<PostOutcome>;
}
