// One queue, standard or FIFO, as SQS behaves, on a clock and ids that are passed in: no I/O, so that a simulation can run
// the very same one. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
import type { Clock } from '../../support/clock';

export interface QueueSettings {
  readonly name: string;
  readonly fifo: boolean;
  /** FIFO: the body's hash stands in for a missing deduplication id. */
  readonly contentBasedDeduplication: boolean;
  /** FIFO: a deduplication id counts within its message group only, as in queues for high throughput. */
  readonly deduplicatesByGroup: boolean;
  /** Milliseconds that a received message stays hidden. */
  readonly visibilityTimeout: number;
  /** Milliseconds before a sent message can be received. */
  readonly delay: number;
  /** Milliseconds that a receive waits for a message when it does not say. */
  readonly receiveWait: number;
  /** Largest message, in bytes. */
  readonly maxBytes: number;
  /** Milliseconds that a message is kept. */
  readonly retention: number;
  /** Receives after which a message moves to the dead-letter queue. */
  readonly maxReceiveCount?: number;
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
  /** Hidden until then. */
  visibleAt: number;
}

/** A message with the same deduplication id within this is accepted, and not sent again. Milliseconds. */
const DEDUPLICATION_WINDOW = 300_000;

export class Queue {
  private messages: QueuedMessage[] = [];
  private readonly recent = new Map<string, { readonly message: QueuedMessage; readonly until: number }>();
  private readonly waiters = new Set<() => void>();
  private paused = false;
  private sequence = 0n;
  /** When somebody received last. */
  private lastReceiveAt = 0;

  /**
   * @param newId makes message ids and receipt handles
   * @param toDeadLetter takes a message that was received too often
   */
  public constructor(
    public settings: QueueSettings,
    private readonly clock: Clock,
    private readonly newId: () => string,
    private readonly hash: (body: string) => string,
    public toDeadLetter: ((message: QueuedMessage) => void) | undefined,
  ) {}

  public send(options: SendOptions): QueuedMessage {
    const now = this.clock.now();
    const { fifo, contentBasedDeduplication, deduplicatesByGroup, delay } = this.settings;
    const deduplicationId =
      options.deduplicationId ?? (fifo && contentBasedDeduplication ? this.hash(options.body) : undefined);
    const twinKey = `${deduplicatesByGroup ? (options.groupId ?? '') : ''}\0${deduplicationId ?? ''}`;
    if (fifo && deduplicationId !== undefined) {
      for (const [id, { until }] of this.recent) if (until <= now) this.recent.delete(id);
      const twin = this.recent.get(twinKey);
      if (twin !== undefined) return twin.message;
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
    if (fifo && deduplicationId !== undefined) this.recent.set(twinKey, { message, until: now + DEDUPLICATION_WINDOW });
    this.messages.push(message);
    this.notifyWaiters();
    return message;
  }

  /**
   * Takes a message that another queue gave up: this is its dead-letter queue. Its id stays. Standard: so does the time it
   * was sent. FIFO: that begins anew, and the id stands in for the deduplication id.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
   */
  public acceptDeadLetter({ id, body, attributes, groupId, sentAt }: QueuedMessage): void {
    const now = this.clock.now();
    const { fifo } = this.settings;
    this.messages.push({
      id, body, attributes, receiveCount: 0, visibleAt: now, sentAt: fifo ? now : sentAt,
      groupId,
      ...(fifo ? { deduplicationId: id, sequenceNumber: String(++this.sequence).padStart(20, '0') } : {}),
    });
    this.notifyWaiters();
  }

  /** Takes up to `max` messages that are visible now; FIFO: in order, and of a group only while none is in flight. */
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
        // An earlier message of the group is in flight or delayed: the later ones wait for it.
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

  /** Forgets a message by its latest receipt. Deleting what is gone already is no error, as on AWS. */
  public delete(receipt: string): void {
    this.messages = this.messages.filter((message) => message.receipt !== receipt);
    // A group may go on.
    this.notifyWaiters();
  }

  /** @returns false when the receipt is not that of a message in flight */
  public changeVisibility(receipt: string, timeout: number): boolean {
    const now = this.clock.now();
    const message = this.messages.find((one) => one.receipt === receipt);
    if (message === undefined || message.visibleAt <= now) return false;
    message.visibleAt = now + timeout;
    this.notifyWaiters();
    return true;
  }

  /** While it is paused nothing is received, as while its region is down. */
  public set isPaused(isPaused: boolean) {
    this.paused = isPaused;
    this.notifyWaiters();
  }

  public purge(): void {
    this.messages = [];
  }

  /** How many messages are visible, in flight, and delayed. */
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

  /** When the next message shows that nobody has looked at: it may have done so since the last receive. */
  private nextVisible(): number {
    let next = Number.MAX_SAFE_INTEGER;
    for (const { visibleAt } of this.messages) if (visibleAt > this.lastReceiveAt && visibleAt < next) next = visibleAt;
    return next;
  }

  /** Lets nobody wait any longer. */
  public stop(): void {
    this.notifyWaiters();
  }

  private notifyWaiters(): void {
    for (const waiter of [...this.waiters]) waiter();
  }
}
