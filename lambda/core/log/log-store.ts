import type { Message } from '../../../protocol';

/** The log of one channel in one origin region. */
export interface LogKey {
  readonly channel: string;
  readonly origin: string;
}

/** A message inside an entry. Its `seq`, `ts` and, as a rule, `from` follow from the entry. */
export interface EntryMessage extends Pick<Message, 'id' | 'data' | 'enc'> {
  /** The sender. @default - the entry's sender */
  readonly from?: string;
}

/** One conditional write: the messages of one publish, or of several from a queue. They take `seq`, `seq + 1`, … */
export interface Entry {
  readonly epoch: string;
  /** Sequence number of the first message. */
  readonly seq: number;
  /** When it was appended; never before the entry that precedes it, so that time and sequence are one order. */
  readonly ts: number;
  /** The sender of the first message. */
  readonly from: string;
  readonly messages: readonly EntryMessage[];
  /** When the database may delete it: the end of its retention plus DELETE_GRACE (epochs.ts). Milliseconds since 1970. */
  readonly deleteAfter: number;
  /**
   * `deleteAfter` of the entry before it. A reader that misses that entry learns from it whether the entry has expired or is
   * still replicating. For an epoch's first entry: 0 in the log's first epoch, the epoch's opening time in any other.
   */
  readonly previousDeleteAfter: number;
  /**
   * The queue's sequence number of the last queued publish in the log up to here. The writer knows a redelivered publish by
   * it (fifo-writer.ts). Every later entry of the epoch takes it over.
   *
   * @default - no publish came from a queue
   */
  readonly queued?: string;
  /**
   * Whether an operator has closed the epoch after this entry: writers open another one.
   *
   * @default false
   */
  readonly isClosed?: boolean;
}

/** The log's metadata. It outlives the entries, so that readers recognize a log that expired and began again. */
export interface LogHeader {
  readonly epoch: string;
  /** The epoch before this one; absent for a log's first. */
  readonly previous?: string;
  /** When this epoch was opened. Milliseconds since 1970. */
  readonly ts: number;
  /** When the database may delete the header. Milliseconds since 1970. */
  readonly deleteAfter: number;
}

/** A place to read from. */
export interface LogPlace {
  readonly epoch: string;
  readonly seq: number;
}

/** The logs of all channels. Every read is strongly consistent (docs/decisions/0010): subscribe and publish write, then read. */
export interface LogStore {
  /** Stores the entry if its place is free. Otherwise returns the entry that has the place. */
  append(key: LogKey, entry: Entry): Promise<{ readonly existing?: Entry }>;
  newest(key: LogKey): Promise<Entry | undefined>;
  header(key: LogKey): Promise<LogHeader | undefined>;
  /** Replaces the header if its epoch is still `seen` (undefined: if there is no header). Returns the header now in force. */
  openEpoch(key: LogKey, header: LogHeader, seen: string | undefined): Promise<LogHeader>;
  /**
   * Entries that start at or after a place, in order, later epochs included; from the log's start without a place.
   *
   * @param bytes the read may stop once the entries have this many bytes (`sizeOf` in message-pages.ts)
   */
  from(key: LogKey, place: LogPlace | undefined, limit: number, bytes?: number): Promise<readonly Entry[]>;
  /** Entries that start before a place, newest first; from the log's end without a place. `bytes` as in `from`. */
  before(key: LogKey, place: LogPlace | undefined, limit: number, bytes?: number): Promise<readonly Entry[]>;
}

/** The logs, as an operator's tools use them. */
export interface OperatedLogStore extends LogStore {
  /** Marks an entry as the last of its epoch. Does nothing when it no longer exists. */
  close(key: LogKey, entry: Entry): Promise<void>;
}
