/** Every way in which a promise can be broken. */
export const PROBLEM_KINDS = [
  /** A message that a subscriber never got, and was never told to be gone. */
  'lost',
  /** A message that an application got twice. */
  'duplicate',
  /** A message that came after one that it precedes. */
  'reorder',
  /** A message that stands before one that had been acknowledged when it was published. */
  'misordered',
  /** A message that nobody published, or whose publish was refused. */
  'phantom',
  /** A message of another channel. */
  'cross-channel',
  /** A message to somebody who may not have it. */
  'unauthorized',
  /** A message that took longer than the bound, though its subscriber was online. */
  'late',
  /** A `complete` that was not, or a loss that was told and is none. */
  'false-verdict',
  /** An acknowledgement of something that is not stored. */
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
  /** Whether a subscriber may be given a message of a channel at a time. @default - everybody may */
  readonly mayReceive?: (subscriber: string, channel: string, t: number) => boolean;
  /** By how much the clocks of functions may differ from the history's. Milliseconds. @default 0 */
  readonly clockTolerance?: number;
  /** Writers look for what is sent again among so many places: further back, it may be stored twice. @default - all */
  readonly lookBack?: number;
  /** Milliseconds that a message may take to a subscriber that is online. @default - no bound */
  readonly lateAfter?: number;
  /** The same for messages that come from another region. @default - as for all others */
  readonly lateAcross?: {
    readonly after: number;
    /**
     * What was stored so soon after a subscriber came is not judged: its region has to become known to the others first.
     * Milliseconds.
     */
    readonly unless: number;
  };
}
