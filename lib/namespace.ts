import { Duration } from 'aws-cdk-lib';
import { isKnown, PropCheck } from './private/validation';

/** Options of a durable namespace. */
export interface DurableNamespaceOptions {
  /**
   * How long messages can be caught up on. A whole number of seconds, from 1 minute to 365 days.
   *
   * @default Duration.hours(24)
   */
  readonly retention?: Duration;
}

/** What may stand before the colon of a channel name: `chat` in `chat:room.42`. */
export const NAMESPACE_RULE = /^[a-z][a-z0-9_-]{0,31}$/;

/** Channels that share a purpose: how long their messages are kept, and what is promised for them. */
export class Namespace {
  /**
   * A namespace whose messages are stored: acknowledged after the write, delivered in order, and caught up on after a
   * dropout, for the retention.
   *
   * @param name 1 to 32 of a-z, 0-9, _ and -; begins with a letter
   * @throws Error 61000 prop_invalid
   */
  public static durable(name: string, options: DurableNamespaceOptions = {}): Namespace {
    const retention = options.retention ?? Duration.hours(24);
    const check = new PropCheck();
    check.check(
      isKnown(name) && NAMESPACE_RULE.test(name),
      'name',
      'must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter',
      name,
      'It stands before the colon of every channel: `chat` in `chat:room.42`.',
    );
    const seconds = retention.isUnresolved() ? Number.NaN : retention.toMilliseconds() / 1000;
    check.check(
      Number.isInteger(seconds) && seconds >= 60 && seconds <= 365 * 86_400,
      'retention',
      'must be a whole number of seconds from 1 minute to 365 days',
      retention.isUnresolved() ? 'a token' : retention.toHumanString(),
      'Use a value that is known at synth, for example `Duration.hours(24)`.',
    );
    check.throwIfAny();
    return new Namespace(name, 'durable', retention);
  }

  private constructor(
    /** The name before the colon. */
    public readonly name: string,
    /** What is promised for its channels. */
    public readonly kind: string,
    /** How long messages can be caught up on. */
    public readonly retention: Duration,
  ) {}
}
