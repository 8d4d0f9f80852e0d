import { Duration } from 'aws-cdk-lib';
import {
  MAX_RETENTION_SECONDS,
  MIN_RESUME_WINDOW_SECONDS,
  MIN_RETENTION_SECONDS,
  NAMESPACE_PATTERN,
} from './contract/limits';
import { DEFAULT_RESUME_WINDOW_SECONDS } from './contract/namespaces-variable';
import { secondsOf } from './util/duration';
import { isKnown, type PropCheck } from './util/prop-check';

/** Options of a durable namespace. */
export interface DurableNamespaceOptions {
  /**
   * How long messages are stored, and can be read after a reconnect. A whole number of seconds, from 1 minute to 365 days.
   *
   * @default Duration.hours(24)
   */
  readonly retention?: Duration;
  /**
   * How publishes are appended to the log of a channel.
   *
   * @default ChannelOrdering.DIRECT
   */
  readonly ordering?: ChannelOrdering;
  /**
   * How far back a client without the `history` right may resume from a cursor, counted from the moment when its connection
   * began. Messages before that are reported as lost (`expired`). With the right, a cursor reaches as far back as the
   * retention. A whole number of seconds, from 1 second to 365 days.
   *
   * @default Duration.minutes(2)
   */
  readonly resumeWindow?: Duration;
}

/**
 * How publishes are appended to the log of a channel. With either, every subscriber receives the messages of a channel in the
 * order of its log.
 *
 * Change the ordering of a namespace while few publishes arrive: during the deployment, publishes of both kinds run, and a publish
 * that is retried may be stored twice. The queue is deleted with the last FIFO namespace: stop publishing and let the queue drain
 * before you remove it.
 */
export enum ChannelOrdering {
  /**
   * Each publish appends to the log itself. This is the fastest, and the acknowledgement contains the position in the log.
   * Concurrent publishes to one channel retry, so use it for channels with few concurrent publishers (`docs/experiments/performance.md`).
   */
  DIRECT = 'direct',
  /**
   * Publishes go through an SQS FIFO queue. One writer at a time for each channel appends all queued publishes together. Use it for
   * channels with many concurrent publishers. An acknowledgement means that the queue has stored the message; its position in the
   * log is assigned later. Messages take some tens of milliseconds longer.
   */
  FIFO = 'fifo',
}

/** A group of channels with the same retention and delivery guarantee. */
export class Namespace {
  /**
   * A namespace whose messages are stored. A publish is acknowledged after the message is stored, and subscribers receive messages
   * in order, including those of the retention that they missed while disconnected. The construct that the namespace is passed to
   * validates it.
   *
   * @param name 1 to 32 of a-z, 0-9, _ and -; begins with a letter
   */
  public static durable(name: string, options: DurableNamespaceOptions = {}): Namespace {
    const {
      retention = Duration.hours(24),
      ordering = ChannelOrdering.DIRECT,
      resumeWindow = Duration.seconds(DEFAULT_RESUME_WINDOW_SECONDS),
    } = options;
    return new Namespace(name, 'durable', retention, ordering, resumeWindow);
  }

  private constructor(
    /** The part of a channel name before the colon. */
    public readonly name: string,
    /** Delivery guarantee of its channels. */
    public readonly kind: string,
    /** How long messages are stored. */
    public readonly retention: Duration,
    /** How publishes are appended to the log of a channel. */
    public readonly ordering: ChannelOrdering,
    /** How long before its connection began a client without the `history` right may resume from a cursor. */
    public readonly resumeWindow: Duration,
  ) {}

  /**
   * Checks the namespace.
   *
   * @param prop path of the namespace in the construct's props
   * @internal
   */
  public _check(check: PropCheck, prop: string): void {
    check.require(isKnown(this.name) && NAMESPACE_PATTERN.test(this.name), {
      prop: `${prop}.name`,
      rule: 'must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter',
      got: this.name,
      fix: 'Channel names begin with it: `chat` in `chat:room.42`.',
    });
    const seconds = secondsOf(this.retention);
    const isInRange = seconds >= MIN_RETENTION_SECONDS && seconds <= MAX_RETENTION_SECONDS;
    check.require(Number.isInteger(seconds) && isInRange, {
      prop: `${prop}.retention`,
      rule: 'must be a whole number of seconds from 1 minute to 365 days',
      got: this.retention,
      fix: 'Use a value that is known at synthesis, for example `Duration.hours(24)`.',
    });
    const window = secondsOf(this.resumeWindow);
    check.require(Number.isInteger(window) && window >= MIN_RESUME_WINDOW_SECONDS && window <= MAX_RETENTION_SECONDS, {
      prop: `${prop}.resumeWindow`,
      rule: 'must be a whole number of seconds from 1 second to 365 days',
      got: this.resumeWindow,
      fix: 'Use a value that is known at synthesis, for example `Duration.minutes(2)`.',
    });
    check.require(Object.values(ChannelOrdering).includes(this.ordering), {
      prop: `${prop}.ordering`,
      rule: 'must be a ChannelOrdering',
      got: this.ordering,
      fix: 'Omit it for ChannelOrdering.DIRECT.',
    });
  }
}
