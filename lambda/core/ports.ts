// What the decisions need from the world. Adapters bind these to AWS; tests and the simulation to memory.
import type { Message, MessagesPush } from '../../protocol';
import type { Tail } from './log';

/** Time, chance and waiting, passed in so that every decision can be replayed. */
export interface Runtime {
  /** Milliseconds since 1970. */
  now(): number;
  /** At least 0, less than 1. */
  random(): number;
  /** A new unique id of at most 64 characters. */
  id(): string;
  sleep(ms: number): Promise<void>;
  /** Calls back after so long, unless the returned function is called before. Milliseconds. */
  after(ms: number, callback: () => void): () => void;
}

/** Structured log: a constant text to search for, and fields. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

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

/** A publish on its way to the log. */
export interface QueuedPublish {
  readonly channel: string;
  readonly from: string;
  /** Complete, with an id each. */
  readonly messages: readonly EntryMessage[];
  /**
   * It may have been sent before, so long ago that the queue has forgotten: where to look for it in the log.
   *
   * @default - the queue itself knows whether it was sent before
   */
  readonly since?: Tail;
}

/** A queue's message, as its writer receives it, at least once. */
export interface QueueRecord {
  readonly id: string;
  readonly body: string;
  /** Messages of one group come in order. */
  readonly group: string | undefined;
  /** `<queue>:<number>`: a later message of the same group has a greater number, of up to 39 decimal digits. */
  readonly sequence: string | undefined;
  /** How often it has been received. */
  readonly receiveCount: number;
  /** What tells this receive from others. */
  readonly receipt: string;
}

/** Where publishes wait for their channel's writer, in order. */
export interface PublishQueue {
  /** Stores it; one with the same sender's same messages within five minutes is stored once. */
  send(publish: QueuedPublish): Promise<void>;
  /** Lets records that could not be written be received again, after so many seconds. At best effort. */
  receiveAgain(records: readonly QueueRecord[], seconds: number): Promise<void>;
}

/** A connection, as `$connect` records it. Times in milliseconds since 1970. */
export interface Connection {
  readonly id: string;
  readonly clientId: string;
  readonly connectedAt: number;
  /** After this, rows of the connection count for nothing: see connections.ts. */
  readonly expiresAt: number;
}

/** A row of a channel's subscriber list. */
export type Subscriber = Pick<Connection, 'id' | 'connectedAt' | 'expiresAt'>;

/** A part of a channel's subscriber list: large channels have several (shards.ts). */
export interface Shard {
  readonly channel: string;
  /** From 0. */
  readonly shard: number;
}

/** Some of a shard's subscribers. */
export interface SubscriberPage {
  readonly subscribers: readonly Subscriber[];
  /** How many shards the channel has, as the first page of its first shard tells. @default - it is another page, or has one shard */
  readonly shards?: number;
  /** What has been sent to the shard ahead of its jobs, by origin, as its first page tells. @default - nothing, or it is another page */
  readonly sent?: ReadonlyMap<string, SentRange>;
  /** Where the next page begins. @default - this is the last one */
  readonly next?: string;
}

/** Messages of one log that follow one another: the first and the last. */
export interface SentRange {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

/** Connections and who is subscribed to what, in this region. Reads are strongly consistent. */
export interface ConnectionStore {
  open(connection: Connection): Promise<void>;
  /** Forgets the connection and returns where it was subscribed. */
  close(connectionId: string): Promise<readonly Shard[]>;
  /**
   * Notes the subscription on the connection, so that closing finds it. Returns the shard that it belongs to, which is another
   * one if it was noted already; `gone` after close, `full` at `limit` channels.
   */
  noteChannel(connectionId: string, shard: Shard, limit: number): Promise<number | 'gone' | 'full'>;
  /** The shard that a connection's subscription belongs to. */
  shardOf(connectionId: string, channel: string): Promise<number | undefined>;
  forgetChannel(connectionId: string, channel: string): Promise<void>;
  addSubscriber(shard: Shard, subscriber: Subscriber): Promise<void>;
  removeSubscribers(shards: readonly Shard[], connectionId: string): Promise<void>;
  /** Removes the row only if it is still the one of that connection time. */
  removeDeadSubscriber(shard: Shard, subscriber: Subscriber): Promise<void>;
  /**
   * A shard's subscribers.
   *
   * @param from `next` of the page before
   * @param limit most rows of the page, which may be shorter without being the last
   */
  page(shard: Shard, from?: string, limit?: number): Promise<SubscriberPage>;
}

/** How a channel's subscribers are spread. */
export interface ShardMap {
  /** About how many each shard has. */
  readonly counts: readonly number[];
  /** The map is kept until then: whoever joins another shard than the first must not stay longer. Milliseconds since 1970. */
  readonly until: number;
}

/** The maps of channels. All they decide is where newcomers go, as long as no map forgets a shard that somebody is in. */
export interface ShardStore {
  /** As it was a moment ago; undefined for a channel that has none, which has one shard. */
  read(channel: string): Promise<ShardMap | undefined>;
  /** Adds to a shard's count and returns the map; one that was not there is kept until `until`. */
  add(shard: Shard, joined: number, until: number): Promise<ShardMap>;
  /** How many rows a shard has, as of a moment ago. */
  count(shard: Shard): Promise<number>;
  /**
   * Replaces the counts, if the channel still has as many shards as `seen`. With more counts than those, it has more from now
   * on, and the map is kept until `until`.
   */
  replace(channel: string, counts: readonly number[], seen: number, until: number): Promise<void>;
  /** Keeps a map that has the shard for longer: false if there is none any more. */
  keep(shard: Shard, until: number): Promise<boolean>;
  /** What has been sent to a shard ahead of its jobs, by origin. Read strongly. */
  sent(shard: Shard): Promise<ReadonlyMap<string, SentRange>>;
  /** Replaces the note for an origin. It is kept until `until`, or longer. */
  noteSent(shard: Shard, origin: string, sent: SentRange, until: number): Promise<void>;
}

/** Messages on their way to the subscribers of a shard. */
export interface FanoutJob {
  readonly shard: number;
  /** How many the channel has. @default - nobody has looked yet */
  readonly shards?: number;
  readonly push: MessagesPush;
}

/** A job as its worker receives it: at least once, and in order within its shard. */
export interface FanoutRecord {
  readonly id: string;
  readonly body: string;
  /** The shard's message group. */
  readonly group: string | undefined;
  /** When it was sent. Milliseconds since 1970. */
  readonly sentAt: number;
  /** How often it has been received. */
  readonly receiveCount: number;
  /** What tells this receive from others. */
  readonly receipt: string;
}

/** Where messages wait for the workers that send them to large channels. */
export interface FanoutQueue {
  /**
   * Stores jobs in the order that they have; one that was sent within five minutes is stored once.
   *
   * @throws RealtimeError throttled when the queue has more jobs of that shard than it takes, or store_unavailable
   */
  send(jobs: readonly FanoutJob[]): Promise<void>;
  /** Lets records be received again soon, later each time. At best effort. */
  receiveAgain(records: readonly FanoutRecord[]): Promise<void>;
}

/** What became of a post to one connection; `slow` ones have no answer yet, or were not begun for one before (patience.ts). */
export type PostOutcome = 'delivered' | 'gone' | 'throttled' | 'forbidden' | 'failed' | 'slow';

/** Sends frames to connections of this region. Never throws. */
export interface Poster {
  post(connectionId: string, frame: Uint8Array): Promise<PostOutcome>;
}

/** Which regions have subscribers of a channel: each notes it for itself, and all can read it, a little later. Times in milliseconds since 1970. */
export interface InterestStore {
  /** Until when each region is interested, as far as is known here. */
  interested(channel: string): Promise<ReadonlyMap<string, number>>;
  /** Until when this region is: read strongly. */
  noted(channel: string): Promise<number | undefined>;
  note(channel: string, until: number): Promise<void>;
  /** Takes the note back if it still says so. */
  withdraw(channel: string, until: number): Promise<void>;
}

/** Where another region takes in what is published here. */
export interface Inbox {
  /** One attempt. Throws when there was no answer in time, or none that says that it was stored. */
  send(push: MessagesPush): Promise<void>;
}
