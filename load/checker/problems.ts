/** Kinds of broken promises. */
export const PROBLEM_KINDS = [
  /** A message that a subscriber did not get, and that no `gap` covers. */
  'lost',
  /** A message that an application got twice. */
  'duplicate',
  /** A message that arrived after a later one of its log. */
  'reorder',
  /** A message whose place is before one that had been acknowledged when it was published. */
  'misordered',
  /** A message that no publisher sent, or whose publish was refused. */
  'phantom',
  /** A message of another channel. */
  'cross-channel',
  /** A message to a subscriber that is not allowed to get it. */
  'unauthorized',
  /** A message that took longer than the bound, though its subscriber was online. */
  'late',
  /** A verdict `complete` although messages are missing, or a `gap` although they are there. */
  'false-verdict',
  /** A client that gets the same verdict again and again, though its cursor stays where it is. */
  'stuck-verdict',
  /** An acknowledgement of a message that is not stored. */
  'unstored-ack',
  /** A publish that is stored twice in one origin. */
  'stored-twice',
  /** A hole in a log, or two messages at one place. */
  'broken-log',
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Duplicates that the stated bounds of deduplication allow (docs/guide/limits.md). They are counted, not reported. */
export const EXCUSES = [
  /** A publish without an idempotency key whose first attempt was carried out after its own retry. */
  'stored-twice-late-first-attempt',
  /** A publish without an idempotency key that was sent again when the log had gone on further than writers look back. */
  'stored-twice-beyond-look-back',
  /** A publish with an idempotency key that was sent again when the key was free. */
  'stored-twice-after-key-window',
  /** A publish that was sent again to another region, which did not have the first yet. */
  'stored-in-two-regions',
  /** A message that an application got twice, because it restarted and no longer knew the ids that it had seen. */
  'duplicate-after-restart',
] as const;
export type Excuse = (typeof EXCUSES)[number];

export type CountExcuse = (excuse: Excuse) => void;

export interface Problem {
  readonly kind: ProblemKind;
  readonly t: number;
  /** Names channel, place, message and subscriber. */
  readonly message: string;
}

export type Report = (kind: ProblemKind, t: number, message: string) => void;

export interface CheckOptions {
  /** Whether a subscriber may get a message of a channel at a time. @default - always */
  readonly mayReceive?: (subscriber: string, channel: string, t: number) => boolean;
  /**
   * How long before its connection began a subscriber may read back, if it lacks the right to history; undefined when it has the
   * right. Milliseconds. @default - all may read back as far as the logs go
   */
  readonly resumeWindow?: (subscriber: string, channel: string) => number | undefined;
  /** Difference allowed between the clocks of functions and that of the history. Milliseconds. @default 0 */
  readonly clockTolerance?: number;
  /** How long an idempotency key is remembered. Milliseconds. @default - for the whole run */
  readonly keyWindow?: number;
  /** Number of places among which writers look for an earlier copy. Further back, a message may be stored twice. @default - all */
  readonly lookBack?: number;
  /**
   * Time after which an epoch may be forgotten with all its messages. A subscriber that knows of no message since the epoch before, or
   * since before the log began, is then not told of them (docs/decisions/0010). Milliseconds after the epoch's opening. @default - logs are never forgotten
   */
  readonly forgottenAfter?: number;
  /** How long `pending` may be answered to an unchanged cursor. Milliseconds. @default - no bound */
  readonly pendingLimit?: number;
  /** Bounds of how late a message may arrive at a subscriber that is online. @default - no bound */
  readonly late?: {
    /** From the storage of the message, or from the time when its subscriber was ready. Milliseconds. */
    readonly after: number;
    /** The same for messages from another region. @default - `after` */
    readonly across?: {
      /** For messages that are stored when the other regions know of the subscriber. Milliseconds. */
      readonly after: number;
      /** Time after the answer to a subscribe in which other regions may not know of the subscriber. Milliseconds. */
      readonly knownAfter: number;
      /**
       * For messages that are stored before: from their replication, or from the answer. The first bound applies whose
       * `replicatedWithin` is not exceeded: the time from the answer to the replication. Milliseconds.
       */
      readonly joined: readonly { readonly replicatedWithin: number; readonly after: number }[];
    };
  };
}
