// Writes a batch of the publish queue, channel by channel, and makes failed publishes visible again. docs/decisions/0011
import { type Namespaces, settingsOf } from '../auth/namespaces';
import { handleGroups } from '../partial-batch';
import { type ReceivedPublish, write, type WriteDeps } from './fifo-writer';
import type { PublishQueue, QueuedPublish, QueueRecord } from './publish-queue';

export interface QueueBatchDeps extends WriteDeps {
  readonly namespaces: Namespaces;
  readonly queue: PublishQueue;
}

/**
 * Largest batch that Lambda takes from a FIFO queue, which lib/functions/realtime-functions.ts asks for.
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
const FULL_BATCH = 10;
/** Longest wait before a failed publish is received again. Seconds. */
const MAX_RETRY_AFTER = 60;

/**
 * Writes the publishes of a batch to their channels' logs, and fans them out.
 *
 * @param deadline when to stop. Milliseconds since 1970
 * @returns the ids of the records that must be received again
 */
export async function writeBatch(
  deps: QueueBatchDeps,
  records: readonly QueueRecord[],
  deadline: number,
): Promise<readonly string[]> {
  // A full batch means that more publishes are probably waiting. Workers then post in the background, in fewer frames.
  const isBusy = records.length >= FULL_BATCH;
  const failed = await handleGroups(
    records,
    ({ group }) => group,
    (group) => writeGroup(deps, group, { isBusy, deadline }),
  );
  return failed.map(({ id }) => id);
}

/** @returns the records that are still to be written: always the last ones of the group, to keep its order */
async function writeGroup(
  deps: QueueBatchDeps,
  records: readonly QueueRecord[],
  { isBusy, deadline }: { readonly isBusy: boolean; readonly deadline: number },
): Promise<readonly QueueRecord[]> {
  const { logger, namespaces, queue, runtime, workerChannels } = deps;
  let rest = records;
  try {
    const received = records.map(read);
    const channel = received[0]?.publish.channel ?? '';
    if (isBusy) workerChannels.add(channel, runtime.now());
    const { retention } = settingsOf(namespaces, channel);
    const waiting = await write(deps, { channel, received, retention, deadline });
    rest = records.slice(records.length - waiting.length);
  } catch (error) {
    logger.error('queued publishes could not be read', { records: records.map(({ id }) => id), error });
  }
  const [first] = rest;
  // Running out of time is no failure, so the rest is received again at once.
  const isOutOfTime = runtime.now() >= deadline;
  if (first !== undefined) await queue.receiveAgain(rest, isOutOfTime ? 0 : retryAfter(first.receiveCount));
  return rest;
}

/** @throws Error when the record is not one that `enqueue` sends: a fault of the deployment */
function read({ body, sequence }: QueueRecord): ReceivedPublish {
  if (sequence === undefined) throw new Error('not a message of a FIFO queue');
  return { sequence, publish: JSON.parse(body) as QueuedPublish };
}

/** Starts at 1 second, so that a short failure delays the channel only shortly. Seconds. */
function retryAfter(receiveCount: number): number {
  return Math.min(MAX_RETRY_AFTER, 2 ** (receiveCount - 1));
}
