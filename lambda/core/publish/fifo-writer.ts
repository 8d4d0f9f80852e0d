// Namespaces of `ordering: fifo`: publishes go through a queue in which the channel is the message group, and one writer at
// a time appends whatever has come meanwhile as one entry, which is one frame. docs/decisions/0011
import { MAX_BATCH, MAX_PUBLISH_BYTES, type PublishOk, RealtimeError, utf8Length } from '../../../protocol';
import { deliver, type DeliverDeps } from './deliver';
import { startIn } from './cross-region-retry';
import {
  type AppendDeps,
  completed,
  entryAt,
  findTail,
  MAX_ATTEMPTS,
  type Tail,
  tailAfter,
  tailOf,
  waitAfter,
  walk,
} from '../log/append';
import type { Entry, EntryMessage, LogKey } from '../log/log-store';
import type { PublishQueue, QueuedPublish } from './publish-queue';
import type { Runtime } from '../runtime';
import type { Publication } from './publication';

/** Entries read to find those that an earlier attempt has appended: more than one batch of a queue can make. */
const LOOK_AGAIN = 10;

/**
 * Stores messages in the queue and returns the acknowledgement: without a place, which the log gives them later. The queue
 * itself drops a publish that is sent again within five minutes.
 *
 * @throws RealtimeError throttled or store_unavailable
 */
export async function enqueue(
  { queue, runtime, origin }: { readonly queue: PublishQueue; readonly runtime: Runtime; readonly origin: string },
  { channel, from, messages, since }: Publication,
): Promise<PublishOk> {
  const complete = completed(messages, runtime);
  await queue.send({
    ...{ channel, from, messages: complete },
    ...(typeof since === 'object' ? { since } : {}),
  });
  return { origin, ids: complete.map(({ id }) => id) };
}

/** A publish as its writer received it. */
export interface ReceivedPublish {
  /** The queue's sequence number. */
  readonly sequence: string;
  readonly publish: QueuedPublish;
}

export interface WriteDeps extends AppendDeps, DeliverDeps {
  /** This region: the origin of what is written here. */
  readonly origin: string;
}

/**
 * Appends what was received for one channel, in order, and fans it out. Queues deliver at least once, and a writer can die
 * anywhere: every entry says up to where the queue is in the log, so that what is there already is known by its sequence number.
 *
 * @param deadline when to stop. Milliseconds since 1970
 * @returns what is still to be written: all that follows the first that could not be, for the order's sake
 */
export async function write(
  deps: WriteDeps,
  channel: string,
  received: readonly ReceivedPublish[],
  retention: number,
  deadline: number,
): Promise<readonly ReceivedPublish[]> {
  const { logs, hints, runtime, logger } = deps;
  const key = { channel, origin: deps.origin };
  let rest = received;
  try {
    let known: Tail | undefined = await tailOf(deps, key, retention);
    // Lambda may give a channel's batches to one instance after another.
    let isShared = known.isShared === true;
    for (let lost = 0; rest.length > 0 && runtime.now() < deadline; ) {
      const tail: Tail =
        known !== undefined && runtime.now() < known.safeUntil ? known : await findTail(deps, key, retention);
      known = tail;
      const waiting = after(tail, rest);
      if (waiting.length < rest.length) await deliverAgain(deps, key, rest, deadline);
      rest = waiting;
      const batch = fitting(rest);
      const [first] = batch;
      if (first === undefined) break;
      const twin = await findTwin(deps, key, first.publish);
      if (twin !== undefined) {
        await deliver(deps, key, twin, deadline);
        rest = rest.slice(1);
        continue;
      }
      deps.peers?.prefetchInterest(channel);
      const entry = { ...entryAt(tail, joined(batch), runtime.now(), retention), queued: batch.at(-1)?.sequence };
      const { existing } = await logs.append(key, entry);
      const standing = existing ?? entry;
      known = tailAfter(standing);
      isShared ||= existing !== undefined;
      hints.set(key, { ...known, isShared });
      const left = after(known, rest);
      if (left.length < rest.length) {
        // Ours, just now or by an attempt before: that one may have died before it could deliver.
        await deliver(deps, key, standing, deadline);
        rest = left;
        continue;
      }
      // Another instance wrote the batches before, or somebody appends directly while the namespace's ordering changes.
      lost += 1;
      if (lost === MAX_ATTEMPTS) throw new RealtimeError('append_contended', `Channel: ${channel}.`);
      if (lost > 1) await runtime.sleep(waitAfter(lost, runtime));
      known = undefined;
    }
  } catch (error) {
    logger.error('queued publishes could not be written', { channel, waiting: rest.length, error });
  }
  return rest;
}

/** What does not stand in a log yet that ends there. */
function after({ queued }: Tail, received: readonly ReceivedPublish[]): readonly ReceivedPublish[] {
  return queued === undefined ? received : received.filter(({ sequence }) => isLater(sequence, queued));
}

/** Whether a sequence number comes after another of its queue: any number of another queue does. */
function isLater(a: string, b: string): boolean {
  const [[queue, number], [otherQueue, other]] = [parts(a), parts(b)];
  if (queue !== otherQueue) return true;
  // Texts of up to 39 digits: too large for a number.
  return number.length === other.length ? number > other : number.length > other.length;
}

/** The queue, and the number within it. */
function parts(sequence: string): readonly [queue: string, number: string] {
  const colon = sequence.lastIndexOf(':');
  return [sequence.slice(0, Math.max(0, colon)), sequence.slice(colon + 1)];
}

/** The entries of an earlier attempt: it may have died before it could deliver them. */
async function deliverAgain(
  deps: WriteDeps,
  key: LogKey,
  received: readonly ReceivedPublish[],
  deadline: number,
): Promise<void> {
  const [first] = received;
  const entries = await deps.logs.before(key, undefined, LOOK_AGAIN);
  for (const entry of [...entries].reverse()) {
    const isOurs = first !== undefined && entry.queued !== undefined && !isLater(first.sequence, entry.queued);
    if (isOurs) await deliver(deps, key, entry, deadline);
  }
}

/** The first publishes that fit one entry, which holds no more than one publish may: readers count on that. */
function fitting(received: readonly ReceivedPublish[]): readonly ReceivedPublish[] {
  const batch: ReceivedPublish[] = [];
  let [count, bytes] = [0, 0];
  for (const one of received) {
    const { from, messages, since } = one.publish;
    count += messages.length;
    bytes += utf8Length(JSON.stringify(messages)) + messages.length * utf8Length(JSON.stringify({ from }));
    // One that has to be looked for needs everything before it in the log.
    const isFull = count > MAX_BATCH || bytes > MAX_PUBLISH_BYTES || since !== undefined;
    if (isFull && batch.length > 0) break;
    batch.push(one);
  }
  return batch;
}

/** Several publishes as one entry: whoever sent the first message is the entry's sender. */
function joined(batch: readonly ReceivedPublish[]): { from: string; messages: readonly EntryMessage[] } {
  const sender = batch[0]?.publish.from ?? '';
  const messages = batch.flatMap(({ publish: { from, messages: own } }) =>
    from === sender ? own : own.map((message) => ({ ...message, from })),
  );
  return { from: sender, messages };
}

/** The entry that holds a publish already, for one that says where to look. */
async function findTwin(
  { logs }: WriteDeps,
  key: LogKey,
  { since, from, messages }: QueuedPublish,
): Promise<Entry | undefined> {
  if (since === undefined) return undefined;
  const isTwin = (entry: Entry): boolean => startIn(entry, { from, messages }) !== undefined;
  return (await walk(logs, key, since, since.next, isTwin)).twin;
}
