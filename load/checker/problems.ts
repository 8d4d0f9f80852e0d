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
  /** Difference allowed between the clocks of functions and that of the history. Milliseconds. @default 0 */
  readonly clockTolerance?: number;
  /** Number of places among which writers look for an earlier copy. Further back, a message may be stored twice. @default - all */
  readonly lookBack?: number;
  /**
   * Time after which an epoch may be forgotten with all its messages. A subscriber that knows of no message since the epoch before, or
   * since before the log began, is then not told of them (docs/decisions/0010). Milliseconds after the epoch's opening. @default - logs are never forgotten
   */
  readonly forgottenAfter?: number;
  /** How long `pending` may be answered to an unchanged cursor. Milliseconds. @default - no bound */
  readonly pendingLimit?: number;
  /** Maximum time of a message to a subscriber that is online. Milliseconds. @default - no bound */
  readonly lateAfter?: number;
  /** The same for messages from another region. @default - `lateAfter` */
  readonly lateAcross?: {
    /** Milliseconds. */
    readonly after: number;
    /**
     * Time after a subscription in which stored messages are not checked, because the other regions do not know of the interest
     * of its region yet. Milliseconds.
     */
    readonly ignoredFor: number;
  };
}
