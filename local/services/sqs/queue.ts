// A standard or FIFO queue with the behaviour of SQS. Clock and ids are passed in and there is no I/O, so that the simulation
// runs the same code. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
import type { Clock } from '../../support/clock';

export interface QueueSettings {
  readonly name: string;
  readonly fifo: boolean;
  /** FIFO: the hash of the body replaces a missing deduplication id. */
  readonly contentBasedDeduplication: boolean;
  /** FIFO: deduplication ids are scoped to their message group, as in high-throughput queues. */
  readonly deduplicatesByGroup: boolean;
  /** Milliseconds that a received message stays hidden. */
  readonly visibilityTimeout: number;
  /** Milliseconds before a sent message can be received. */
  readonly delay: number;
  /** Milliseconds that a receive waits for a message when the call gives no wait time. */
  readonly receiveWait: number;
  /** Largest message, in bytes. */
  readonly maxBytes: number;
  /** Milliseconds that a message is kept. */
  readonly retention: number;
  /** Receives after which a message moves to the dead-letter queue. */
  readonly maxReceiveCount?: number;
}

export interface QueueDeps {
  readonly clock: Clock;
  /** Generates message ids and receipt handles. */
  readonly newId: () => string;
  /** Hash of a body, for content-based deduplication. */
  readonly hash: (body: string) => string;
  /** Receives messages that exceeded the maximum receive count. @default - no dead-letter queue */
  readonly toDeadLetter?: (message: QueuedMessage) => void;
}

export interface SendOptions {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Milliseconds; only standard queues. @default - the queue's */
  readonly delay?: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly sequenceNumber?: string;
  readonly sentAt: number;
  firstReceivedAt?: number;
  receiveCount: number;
  /** The latest receipt handle; older ones no longer delete. */
  receipt?: string;
  /** Time until which the message is hidden. Milliseconds since 1970. */
  visibleAt: number;
}

/** A message with a deduplication id seen within this time is accepted and dropped. Milliseconds. */
const DEDUPLICATION_WINDOW = 300_000;

export class Queue {
  private messages: QueuedMessage[] = [];
  private readonly deduplications = new Map<string, { readonly message: QueuedMessage; readonly until: number }>();
  private readonly waiters = new Set<() => void>();
  private paused = false;
  private sequence = 0n;
  /** Time of the last receive. Milliseconds since 1970. */
  private lastReceiveAt = 0;

  /** Receives messages that exceeded the maximum receive count. Undefined: the queue has no dead-letter queue. */
  public toDeadLetter: ((message: QueuedMessage) => void) | undefined;
  private readonly clock: Clock;
  private readonly newId: () => string;
  private readonly hash: (body: string) => string;

  public constructor(
    public settings: QueueSettings,
    { clock, newId, hash, toDeadLetter }: QueueDeps,
  ) {
    this.clock = clock;
    this.newId = newId;
    this.hash = hash;
    this.toDeadLetter = toDeadLetter;
  }

  public send(options: SendOptions): QueuedMessage {
    const now = this.clock.now();
    const { fifo, contentBasedDeduplication, deduplicatesByGroup, delay } = this.settings;
    const deduplicationId =
      options.deduplicationId ?? (fifo && contentBasedDeduplication ? this.hash(options.body) : undefined);
    const deduplicationKey = `${deduplicatesByGroup ? (options.groupId ?? '') : ''}\0${deduplicationId ?? ''}`;
    if (fifo && deduplicationId !== undefined) {
      for (const [id, { until }] of this.deduplications) if (until <= now) this.deduplications.delete(id);
      const earlier = this.deduplications.get(deduplicationKey);
      if (earlier !== undefined) return earlier.message;
    }
    const message: QueuedMessage = {
      id: this.newId(),
      body: options.body,
      attributes: options.attributes ?? {},
      groupId: options.groupId,
      deduplicationId,
      ...(fifo ? { sequenceNumber: String(++this.sequence).padStart(20, '0') } : {}),
      sentAt: now,
      receiveCount: 0,
      visibleAt: now + (options.delay ?? delay),
    };
    if (fifo && deduplicationId !== undefined)
      this.deduplications.set(deduplicationKey, { message, until: now + DEDUPLICATION_WINDOW });
    this.messages.push(message);
    this.notifyWaiters();
    return message;
  }

  /**
   * Accepts a message from a queue whose dead-letter queue this is. The message keeps its id. Standard: it also keeps its
   * sent time. FIFO: the sent time is now, and the id becomes the deduplication id.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
   */
  public acceptDeadLetter({ id, body, attributes, groupId, sentAt }: QueuedMessage): void {
    const now = this.clock.now();
    const { fifo } = this.settings;
    this.messages.push({
      id,
      body,
      attributes,
      receiveCount: 0,
      visibleAt: now,
      sentAt: fifo ? now : sentAt,
      groupId,
      ...(fifo ? { deduplicationId: id, sequenceNumber: String(++this.sequence).padStart(20, '0') } : {}),
    });
    this.notifyWaiters();
  }

  /** Receives up to `max` visible messages. FIFO: in order, and none of a group that has a message in flight. */
  public receive(max: number, visibilityTimeout = this.settings.visibilityTimeout): readonly QueuedMessage[] {
    const now = this.clock.now();
    if (this.paused) return [];
    this.messages = this.messages.filter(({ sentAt }) => now < sentAt + this.settings.retention);
    this.moveDeadLetters(now);
    this.lastReceiveAt = now;
    const taken: QueuedMessage[] = [];
    const blocked = new Set<string>();
    for (const message of this.messages) {
      if (taken.length === max) break;
      const group = this.settings.fifo ? (message.groupId ?? '') : undefined;
      if (group !== undefined && blocked.has(group)) continue;
      if (message.visibleAt > now) {
        // An earlier message of the group is in flight or delayed, which blocks the later ones.
        if (group !== undefined) blocked.add(group);
        continue;
      }
      taken.push(message);
    }
    for (const message of taken) {
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.receipt = this.newId();
      message.visibleAt = now + visibilityTimeout;
    }
    return taken;
  }

  /** Resolves when there may be something to receive, or after `ms`. */
  public async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.waiters.delete(done);
        this.clock.clear(timer);
        resolve();
      };
      const next = this.paused ? ms : Math.min(ms, this.nextVisible() - this.clock.now());
      const timer = this.clock.after(Math.max(0, next), done);
      this.waiters.add(done);
    });
  }

  /** Deletes a message by its latest receipt. As on AWS, deleting a message that no longer exists is no error. */
  public delete(receipt: string): void {
    this.messages = this.messages.filter((message) => message.receipt !== receipt);
    // The next message of the group becomes receivable.
    this.notifyWaiters();
  }

  /** @returns false when no message in flight has this receipt */
  public changeVisibility(receipt: string, timeout: number): boolean {
    const now = this.clock.now();
    const message = this.messages.find((one) => one.receipt === receipt);
    if (message === undefined || message.visibleAt <= now) return false;
    message.visibleAt = now + timeout;
    this.notifyWaiters();
    return true;
  }

  /** A paused queue returns no messages. The queues of a region that is down are paused. */
  public set isPaused(isPaused: boolean) {
    this.paused = isPaused;
    this.notifyWaiters();
  }

  public purge(): void {
    this.messages = [];
  }

  /** Number of visible, in-flight and delayed messages. */
  public counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const now = this.clock.now();
    const hidden = this.messages.filter(({ visibleAt }) => visibleAt > now);
    const inFlight = hidden.filter(({ receipt }) => receipt !== undefined).length;
    return { visible: this.messages.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  private moveDeadLetters(now: number): void {
    const { maxReceiveCount } = this.settings;
    const { toDeadLetter } = this;
    if (maxReceiveCount === undefined || toDeadLetter === undefined) return;
    const isDead = (one: QueuedMessage): boolean => one.visibleAt <= now && one.receiveCount >= maxReceiveCount;
    const dead = this.messages.filter(isDead);
    this.messages = this.messages.filter((message) => !isDead(message));
    for (const message of dead) toDeadLetter(message);
  }

  /** Time at which the next message becomes visible, counting those that did so after the last receive. */
  private nextVisible(): number {
    let next = Number.MAX_SAFE_INTEGER;
    for (const { visibleAt } of this.messages) if (visibleAt > this.lastReceiveAt && visibleAt < next) next = visibleAt;
    return next;
  }

  /** Ends every wait. */
  public stop(): void {
    this.notifyWaiters();
  }

  private notifyWaiters(): void {
    for (const waiter of [...this.waiters]) waiter();
  }
}
