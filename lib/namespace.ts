import { Duration } from 'aws-cdk-lib';
import { MAX_RETENTION_SECONDS, MIN_RETENTION_SECONDS, NAMESPACE_PATTERN } from './contract/limits';
import { secondsOf } from './util/duration';
import { isKnown, type PropCheck } from './util/prop-check';

/** Options of a durable namespace. */
export interface DurableNamespaceOptions {
  /**
   * How long messages can be caught up on. A whole number of seconds, from 1 minute to 365 days.
   *
   * @default Duration.hours(24)
   */
  readonly retention?: Duration;
  /**
   * How publishes get their place in a channel's order.
   *
   * @default ChannelOrdering.DIRECT
   */
  readonly ordering?: ChannelOrdering;
}

/**
 * How publishes get their place in a channel's order. Every subscriber sees every channel in its order with either.
 *
 * Changing an ordering is for a quiet moment: while it changes, publishes of both ways meet, and one that is sent again may be
 * stored twice. The queue goes with the last FIFO namespace: before that, stop publishing, and let it run empty.
 */
export enum ChannelOrdering {
  /**
   * Each publish writes to the log itself: the fastest, and the acknowledgement tells the place. Publishers that meet on one
   * channel try again, so it is for channels with few publishes at once (`docs/experiments/performance.md`).
   */
  DIRECT = 'direct',
  /**
   * Publishes go through an SQS FIFO queue, with one writer at a time for each channel, which writes all that has come
   * meanwhile at once: for channels with many publishers at the same time. An acknowledgement means that the queue has stored
   * the message; its place in the log comes later. Messages take some tens of milliseconds longer.
   */
  FIFO = 'fifo',
}

/** Channels that share a purpose: how long their messages are kept, and what is promised for them. */
export class Namespace {
  /**
   * A namespace whose messages are stored: acknowledged after the write, delivered in order, and caught up on after a
   * dropout, for the retention. Its rules are checked by the construct that it is given to.
   *
   * @param name 1 to 32 of a-z, 0-9, _ and -; begins with a letter
   */
  public static durable(name: string, options: DurableNamespaceOptions = {}): Namespace {
    const { retention = Duration.hours(24), ordering = ChannelOrdering.DIRECT } = options;
    return new Namespace(name, 'durable', retention, ordering);
  }

  private constructor(
    /** The name before the colon. */
    public readonly name: string,
    /** What is promised for its channels. */
    public readonly kind: string,
    /** How long messages can be caught up on. */
    public readonly retention: Duration,
    /** How publishes get their place in a channel's order. */
    public readonly ordering: ChannelOrdering,
  ) {}

  /**
   * Notes what is wrong with it; `prop` is where it stands in the props of the construct that it was given to.
   *
   * @internal
   */
  public _check(check: PropCheck, prop: string): void {
    check.check(
      isKnown(this.name) && NAMESPACE_PATTERN.test(this.name),
      `${prop}.name`,
      'must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter',
      this.name,
      'It stands before the colon of every channel: `chat` in `chat:room.42`.',
    );
    const seconds = secondsOf(this.retention);
    check.check(
      Number.isInteger(seconds) && seconds >= MIN_RETENTION_SECONDS && seconds <= MAX_RETENTION_SECONDS,
      `${prop}.retention`,
      'must be a whole number of seconds from 1 minute to 365 days',
      this.retention,
      'Use a value that is known at synth, for example `Duration.hours(24)`.',
    );
    check.check(
      Object.values(ChannelOrdering).includes(this.ordering),
      `${prop}.ordering`,
      'must be a ChannelOrdering',
      this.ordering,
      'Leave it out for ChannelOrdering.DIRECT.',
    );
  }
}
