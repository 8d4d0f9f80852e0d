import type { Message } from '../../../protocol';

/** The log of one channel in one origin region. */
export interface LogKey {
  readonly channel: string;
  readonly origin: string;
}

/** A message inside an entry; its `seq`, `ts` and, as a rule, `from` follow from the entry. */
export interface EntryMessage extends Pick<Message, 'id' | 'data' | 'enc'> {
  /** Who sent it. @default - whoever sent the entry's first message */
  readonly from?: string;
}

/** One conditional write: the messages of one publish, or of several from a queue. They take `seq`, `seq + 1`, … */
export interface Entry {
  readonly epoch: string;
  /** Sequence number of the first message. */
  readonly seq: number;
  /** When it was appended; never before the entry that precedes it, so that time and sequence are one order. */
  readonly ts: number;
  readonly from: string;
  readonly messages: readonly EntryMessage[];
  /** When the database may delete it: the end of its retention and a grace (log.ts). Milliseconds since 1970. */
  readonly deleteAfter: number;
  /**
   * `deleteAfter` of the entry before it: tells a reader who does not find that one whether it has expired or is still on its
   * way here. For an epoch's first entry: 0 in the log's first epoch, the epoch's beginning in any other.
   */
  readonly previousDeleteAfter: number;
  /**
   * The queue's sequence number of the last queued publish that stands in the log up to here: what keeps a redelivered
   * one from being stored again (ordered.ts). Whoever appends carries it on.
   *
   * @default - nothing came by a queue
   */
  readonly queued?: string;
}

/** The log's metadata. It outlives the entries, so that a log that expired and began again is known for what it is. */
export interface LogHeader {
  readonly epoch: string;
  /** The epoch before this one; absent for a log's first. */
  readonly previous?: string;
  /** When this epoch was opened. Milliseconds since 1970. */
  readonly ts: number;
  readonly deleteAfter: number;
}

/** The logs. Every read is strongly consistent (docs/decisions/0010; subscribe writes, then reads, and so does publish). */
export interface LogStore {
  /** Stores the entry if nothing stands at its place; otherwise tells what does. */
  append(key: LogKey, entry: Entry): Promise<{ readonly existing?: Entry }>;
  newest(key: LogKey): Promise<Entry | undefined>;
  header(key: LogKey): Promise<LogHeader | undefined>;
  /** Replaces the header if its epoch is still `seen` (absent: if there is none). Returns the header now in force. */
  openEpoch(key: LogKey, header: LogHeader, seen: string | undefined): Promise<LogHeader>;
  /**
   * Entries that start at or after (epoch, seq), in order, later epochs included; from the log's start without a place.
   * With `bytes`, it may end with the entry that brings their sizes to as much (sizeOf in pages.ts), or any after it.
   */
  from(
    key: LogKey,
    place: { epoch: string; seq: number } | undefined,
    limit: number,
    bytes?: number,
  ): Promise<readonly Entry[]>;
  /** Entries that start before (epoch, seq), newest first; from the log's end without a place. `bytes` as above. */
  before(
    key: LogKey,
    place: { epoch: string; seq: number } | undefined,
    limit: number,
    bytes?: number,
  ): Promise<readonly Entry[]>;
}
