// What a writer does with a batch of the queue: channel by channel, and what fails is received again.
import { type Namespaces, settingsOf } from '../auth/namespaces';
import { type ReceivedPublish, write, type WriteDeps } from './fifo-writer';
import type { PublishQueue, QueuedPublish, QueueRecord } from './publish-queue';

export interface QueueBatchDeps extends WriteDeps {
  readonly namespaces: Namespaces;
  readonly queue: PublishQueue;
}

/**
 * The most that Lambda takes from a FIFO queue at once, and what lib/functions/realtime-functions.ts asks for.
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
const FULL_BATCH = 10;
/** The longest wait before a failed publish is received again. Seconds. */
const MAX_RETRY_AFTER = 60;

/**
 * Writes the publishes of a batch to their channels' logs, and fans them out.
 *
 * @param deadline when to stop. Milliseconds since 1970
 * @returns the ids of the records that have to be received again
 */
export async function writeBatch(
  deps: QueueBatchDeps,
  records: readonly QueueRecord[],
  deadline: number,
): Promise<readonly string[]> {
  const groups = new Map<string | undefined, QueueRecord[]>();
  for (const record of records) groups.set(record.group, [...(groups.get(record.group) ?? []), record]);
  // More is waiting, most likely: the next batch is not to wait for posts, and workers make few frames of many publishes.
  const isBusy = records.length >= FULL_BATCH;
  const failed = await Promise.all([...groups.values()].map((group) => writeGroup(deps, group, isBusy, deadline)));
  return failed.flat().map(({ id }) => id);
}

/** @returns the records that are still to be written: always the last ones, for the order's sake */
async function writeGroup(
  deps: QueueBatchDeps,
  records: readonly QueueRecord[],
  isBusy: boolean,
  deadline: number,
): Promise<readonly QueueRecord[]> {
  const { workerChannels: leftToWorkers, logger, namespaces, queue, runtime } = deps;
  let rest = records;
  try {
    const received = records.map(read);
    const channel = received[0]?.publish.channel ?? '';
    if (isBusy) leftToWorkers.add(channel, runtime.now());
    const { retention } = settingsOf(namespaces, channel);
    const waiting = await write(deps, channel, received, retention, deadline);
    rest = records.slice(records.length - waiting.length);
  } catch (error) {
    logger.error('queued publishes could not be read', { records: records.map(({ id }) => id), error });
  }
  const [first] = rest;
  // Out of time is no failure: on it goes.
  const isLate = runtime.now() >= deadline;
  if (first !== undefined) await queue.receiveAgain(rest, isLate ? 0 : retryAfter(first.receiveCount));
  return rest;
}

/** @throws Error when it is not what `enqueue` sends: a fault of the deployment */
function read({ body, sequence }: QueueRecord): ReceivedPublish {
  if (sequence === undefined) throw new Error('not a message of a FIFO queue');
  return { sequence, publish: JSON.parse(body) as QueuedPublish };
}

/** Soon at first: a short failure holds a channel up no longer than it lasts. Seconds. */
function retryAfter(receiveCount: number): number {
  return Math.min(MAX_RETRY_AFTER, 2 ** (receiveCount - 1));
}
