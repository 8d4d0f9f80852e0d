import type { BenchMessage, Writer } from './writer';

/** Publishes per batch: the default and the maximum batch size of an SQS FIFO queue's event source. */
const BATCH = 10;

interface Waiting {
  readonly messages: readonly BenchMessage[];
  readonly resolve: (seq: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Queues the publishes of each channel. One write at a time takes up to `batchSize` of them, in order, as one entry. */
export function oneWriter(write: Writer, batchSize = BATCH): Writer {
  const queues = new Map<string, Waiting[]>();
  const drain = async (channel: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, batchSize);
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
    queues.delete(channel);
  };
  return (channel, messages) =>
    new Promise((resolve, reject) => {
      const waiting = { messages, resolve, reject };
      const queue = queues.get(channel);
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      const started = [waiting];
      queues.set(channel, started);
      // Publishes of the same moment join the first batch, as they would in an SQS queue.
      queueMicrotask(() => void drain(channel, started));
    });
}
