import type { MessagesPush } from '../../../protocol';
import type { SentRange, Shard } from '../connections/connection-store';

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
