import type { MessagesPush } from '../../../protocol';
import type { SentRange, Shard } from '../connections/connection-store';

/** The shards of a channel. */
export interface ShardMap {
  /** Approximate number of subscribers of each shard. */
  readonly counts: readonly number[];
  /** The map is deleted after this; no subscription in a shard other than the first may last longer. Milliseconds since 1970. */
  readonly until: number;
}

/** The shard maps of channels. A map decides only where new subscribers go, and must never omit a shard that has subscribers. */
export interface ShardStore {
  /** Eventually consistent read; undefined for a channel without a map, which has one shard. */
  read(channel: string): Promise<ShardMap | undefined>;
  /** Adds to a shard's count and returns the map. A new map is kept until `until`. */
  add(shard: Shard, joined: number, until: number): Promise<ShardMap>;
  /** Number of rows of a shard, eventually consistent. */
  count(shard: Shard): Promise<number>;
  /**
   * Replaces the counts, if the channel still has `seen` shards. More counts than `seen` add shards; the map is then kept until
   * `until`.
   */
  replace(channel: string, counts: readonly number[], seen: number, until: number): Promise<void>;
  /** Extends a map that has the shard; false if there is no such map any more. */
  keep(shard: Shard, until: number): Promise<boolean>;
  /** Messages sent to a shard ahead of their jobs, by origin. Strongly consistent read. */
  sent(shard: Shard): Promise<ReadonlyMap<string, SentRange>>;
  /** Replaces the range of an origin. It is kept at least until `until`. */
  noteSent(shard: Shard, origin: string, sent: SentRange, until: number): Promise<void>;
}

/** A push to be sent to the subscribers of a shard. */
export interface FanoutJob {
  readonly shard: number;
  /** Number of the channel's shards. @default - not known yet */
  readonly shards?: number;
  readonly push: MessagesPush;
}

/** A job as a worker receives it: at least once, and in order within its shard. */
export interface FanoutRecord {
  readonly id: string;
  readonly body: string;
  /** Message group of the shard. */
  readonly group: string | undefined;
  /** When the job was sent. Milliseconds since 1970. */
  readonly sentAt: number;
  /** Number of times that the job has been received. */
  readonly receiveCount: number;
  /** Identifies this receive. */
  readonly receipt: string;
}

/** The queue between publishers and the workers that send to large channels. */
export interface FanoutQueue {
  /**
   * Stores jobs in the given order. A job that was sent within the last five minutes is stored once.
   *
   * @throws RealtimeError throttled when the queue limits the jobs of that shard, or store_unavailable
   */
  send(jobs: readonly FanoutJob[]): Promise<void>;
  /** Makes records visible again soon, with a delay that grows with each receive. Best effort. */
  receiveAgain(records: readonly FanoutRecord[]): Promise<void>;
}
