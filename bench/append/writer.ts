export interface BenchMessage {
  readonly id: string;
  readonly data: string;
}

/** What one warm function does to publish: returns the sequence number of the first message. */
export type Writer = (channel: string, messages: readonly BenchMessage[]) => Promise<number>;
