// Namespaces of `ordering: fifo`: publishes go through a queue in which the channel is the message group. One writer at a time
// per channel appends the publishes that have gathered as one entry, which is one frame. docs/decisions/0011
import { MAX_BATCH, MAX_PUBLISH_BYTES, type PublishOk, RealtimeError, utf8Length } from '../../../protocol';
import { type AppendDeps, type AppendRequest, backoff, entryAt, MAX_ATTEMPTS, withDefaults } from '../log/append';
import { findAttempt } from '../log/earlier-attempt';
import type { Entry, EntryMessage, LogKey } from '../log/log-store';
import { findTail, likelyTail, type Tail, tailAfter } from '../log/tail';
import type { Runtime } from '../runtime';
import { indexOfPublish } from './cross-region-retry';
import { deliver, type DeliverDeps } from './deliver';
import type { PublishQueue, QueuedPublish } from './publish-queue';

/** Entries read to find those of an earlier attempt: more than one batch of the queue can make. */
const EARLIER_ENTRIES = 10;

/**
 * Stores messages in the queue and returns the acknowledgement. It has no sequence numbers: the log assigns them later. The
 * queue drops a publish that is sent again within five minutes.
 *
 * @throws RealtimeError throttled or store_unavailable
 */
export async function enqueue(
  { queue, runtime, origin }: { readonly queue: PublishQueue; readonly runtime: Runtime; readonly origin: string },
  {
    channel,
    from,
    messages,
    earlier,
  }: Pick<AppendRequest, 'from' | 'messages' | 'earlier'> & { readonly channel: string },
): Promise<PublishOk> {
  const complete = withDefaults(messages, runtime);
  await queue.send({
    channel,
    from,
    messages: complete,
    since: typeof earlier === 'object' ? earlier.since : undefined,
  });
  return { origin, ids: complete.map(({ id }) => id) };
}

/** A publish as the writer receives it. */
export interface ReceivedPublish {
  /** The queue's sequence number. */
  readonly sequence: string;
  readonly publish: QueuedPublish;
}

export interface WriteDeps extends AppendDeps, DeliverDeps {
  /** This region: the origin of the logs that the writer writes to. */
  readonly origin: string;
}

export interface WriteRequest {
  readonly channel: string;
  /** The publishes of the channel, in order. */
  readonly received: readonly ReceivedPublish[];
  /** Milliseconds. */
  readonly retention: number;
  /** When to stop. Milliseconds since 1970. */
  readonly deadline: number;
}

/**
 * Appends the publishes that were received for one channel, in order, and fans them out. Queues deliver at least once, and a
 * writer can die anywhere: every entry carries the sequence number of the last queued publish in the log, so a redelivered
 * publish is known by its number.
 *
 * @returns the publishes that are still to be written: from the first that failed on, to keep the order
 */
export async function write(deps: WriteDeps, request: WriteRequest): Promise<readonly ReceivedPublish[]> {
  const writer = new ChannelWriter(deps, request);
  try {
    await writer.run();
  } catch (error) {
    const { channel } = request;
    deps.logger.error('queued publishes could not be written', { channel, waiting: writer.waiting.length, error });
  }
  return writer.waiting;
}

/** Writes the publishes of one channel. Each round appends or skips some of them, or loses a write to another writer. */
class ChannelWriter {
  /** The publishes that are not known to be stored and delivered. */
  public waiting: readonly ReceivedPublish[];
  private readonly key: LogKey;
  /** The log's tail. Undefined when another writer has written since. */
  private tail: Tail | undefined;
  /** Whether other instances write to the log too: Lambda may give a channel's batches to one instance after another. */
  private isShared = false;
  private losses = 0;

  public constructor(
    private readonly deps: WriteDeps,
    private readonly request: WriteRequest,
  ) {
    this.waiting = request.received;
    this.key = { channel: request.channel, origin: deps.origin };
  }

  public async run(): Promise<void> {
    const { deps, key, request } = this;
    ({ tail: this.tail, isShared: this.isShared } = await likelyTail(deps, key, request.retention));
    while (this.waiting.length > 0 && deps.runtime.now() < request.deadline) {
      const tail = await this.currentTail();
      await this.skipStored(tail);
      await this.writeNext(tail);
    }
  }

  private async currentTail(): Promise<Tail> {
    const { deps, key, request } = this;
    if (this.tail === undefined || deps.runtime.now() >= this.tail.safeUntil) {
      this.tail = await findTail(deps, key, request.retention);
    }
    return this.tail;
  }

  /** Skips the publishes that an earlier attempt has stored, and delivers them: that attempt may have died before it did. */
  private async skipStored(tail: Tail): Promise<void> {
    const waiting = notStored(tail, this.waiting);
    const [first] = this.waiting;
    if (first !== undefined && waiting.length < this.waiting.length) await this.deliverFrom(first);
    this.waiting = waiting;
  }

  private async deliverFrom({ sequence }: ReceivedPublish): Promise<void> {
    const entries = await this.deps.logs.before(this.key, undefined, EARLIER_ENTRIES);
    for (const entry of [...entries].reverse()) {
      if (entry.queued !== undefined && !isLater(sequence, entry.queued)) await this.deliver(entry);
    }
  }

  /** Appends the next entry and delivers it; or only delivers it, when an earlier attempt has stored the publish. */
  private async writeNext(tail: Tail): Promise<void> {
    const batch = firstEntryOf(this.waiting);
    const [first] = batch;
    if (first === undefined) return;
    const earlier = await this.findEarlier(first.publish);
    if (earlier !== undefined) {
      await this.deliver(earlier);
      this.waiting = this.waiting.slice(1);
      return;
    }
    this.deps.peers?.prefetchInterest(this.key.channel);
    const stored = await this.append(tail, batch);
    const left = notStored(stored, this.waiting);
    if (left.length === this.waiting.length) return this.backOffAfterLoss();
    // Ours: stored now, or by an earlier attempt that may have died before it could deliver.
    await this.deliver(stored);
    this.waiting = left;
  }

  /** Writes a batch at the tail. Returns the entry that has the place: this one, or another writer's. */
  private async append(tail: Tail, batch: readonly ReceivedPublish[]): Promise<Entry> {
    const { logs, hints, runtime } = this.deps;
    const queued = batch.at(-1)?.sequence;
    const { retention } = this.request;
    const entry = { ...entryAt(tail, { publication: joined(batch), now: runtime.now(), retention }), queued };
    const { existing } = await logs.append(this.key, entry);
    const stored = existing ?? entry;
    this.tail = tailAfter(stored);
    this.isShared ||= existing !== undefined;
    hints.set(this.key, { tail: this.tail, isShared: this.isShared, at: runtime.now() });
    return stored;
  }

  /**
   * Waits, and reads the tail again: another writer took the place. It is an instance that wrote the batches before, or a publisher
   * that appends directly while the namespace's ordering changes.
   */
  private async backOffAfterLoss(): Promise<void> {
    this.losses += 1;
    if (this.losses === MAX_ATTEMPTS) throw new RealtimeError('append_contended', `Channel: ${this.key.channel}.`);
    const { runtime } = this.deps;
    if (this.losses > 1) await runtime.sleep(backoff(this.losses, runtime));
    this.tail = undefined;
  }

  /** The entry that already holds a publish, for a publish that says where to look. */
  private async findEarlier({ since, from, messages }: QueuedPublish): Promise<Entry | undefined> {
    if (since === undefined) return undefined;
    const isAttempt = (entry: Entry): boolean => indexOfPublish(entry, { from, messages }) !== undefined;
    const searched = await findAttempt(this.deps.logs, { key: this.key, tail: since, isAttempt });
    return searched.outcome === 'found' ? searched.entry : undefined;
  }

  private async deliver(entry: Entry): Promise<void> {
    await deliver(this.deps, this.key, entry, this.request.deadline);
  }
}

/** The publishes that are not in a log whose last entry, or tail, carries this sequence number. */
function notStored(
  { queued }: Pick<Entry, 'queued'>,
  received: readonly ReceivedPublish[],
): readonly ReceivedPublish[] {
  return queued === undefined ? received : received.filter(({ sequence }) => isLater(sequence, queued));
}

/** Whether a sequence number comes after another of its queue. A number of another queue counts as later. */
function isLater(a: string, b: string): boolean {
  const [[queue, number], [otherQueue, other]] = [parts(a), parts(b)];
  if (queue !== otherQueue) return true;
  // Compared as text: up to 39 digits are too large for a number.
  return number.length === other.length ? number > other : number.length > other.length;
}

/** The queue, and the number within it. */
function parts(sequence: string): readonly [queue: string, number: string] {
  const colon = sequence.lastIndexOf(':');
  return [sequence.slice(0, Math.max(0, colon)), sequence.slice(colon + 1)];
}

/** The first publishes that fit one entry, which holds no more than one publish may: frames and replies are sized for that. */
function firstEntryOf(received: readonly ReceivedPublish[]): readonly ReceivedPublish[] {
  const batch: ReceivedPublish[] = [];
  let [count, bytes] = [0, 0];
  for (const one of received) {
    const { from, messages, since } = one.publish;
    count += messages.length;
    bytes += utf8Length(JSON.stringify(messages)) + messages.length * utf8Length(JSON.stringify({ from }));
    // A publish with `since` starts an entry of its own: the publishes before it must be stored before the search for an earlier attempt.
    const isFull = count > MAX_BATCH || bytes > MAX_PUBLISH_BYTES || since !== undefined;
    if (isFull && batch.length > 0) break;
    batch.push(one);
  }
  return batch;
}

/** Several publishes as one entry. Its sender is that of the first message. */
function joined(batch: readonly ReceivedPublish[]): { from: string; messages: readonly EntryMessage[] } {
  const sender = batch[0]?.publish.from ?? '';
  const messages = batch.flatMap(({ publish: { from, messages: own } }) =>
    from === sender ? own : own.map((message) => ({ ...message, from })),
  );
  return { from: sender, messages };
}
