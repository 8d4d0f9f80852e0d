export interface BenchMessage {
  readonly id: string;
  readonly data: string;
}

/** Publishes as one warm function does. Returns the sequence number of the first message. */
export type Writer = (channel: string, messages: readonly BenchMessage[]) => Promise<number>;
