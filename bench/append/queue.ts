import type { BenchMessage, Writer } from './writer';

/** As many messages as Lambda takes from an SQS FIFO queue at once, by default and at most. */
const BATCH = 10;

interface Waiting {
  readonly messages: readonly BenchMessage[];
  readonly resolve: (seq: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Publishes to a channel wait in line; one write at a time takes up to `most` of them, in order, as one entry. */
export function oneWriter(write: Writer, most = BATCH): Writer {
  const lines = new Map<string, Waiting[]>();
  const drain = async (channel: string, line: Waiting[]): Promise<void> => {
    while (line.length > 0) {
      const batch = line.splice(0, most);
      try {
        let seq = await write(
          channel,
          batch.flatMap(({ messages }) => messages),
        );
        for (const { messages, resolve } of batch) {
          resolve(seq);
          seq += messages.length;
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    lines.delete(channel);
  };
  return (channel, messages) =>
    new Promise((resolve, reject) => {
      const line = lines.get(channel);
      if (line !== undefined) {
        line.push({ messages, resolve, reject });
        return;
      }
      const started = [{ messages, resolve, reject }];
      lines.set(channel, started);
      // The first waits for the others that publish at the same moment, as it would in a queue.
      queueMicrotask(() => void drain(channel, started));
    });
}
