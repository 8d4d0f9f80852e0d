/** A connection, as stored when it opens. Times in milliseconds since 1970. */
export interface Connection {
  readonly id: string;
  readonly clientId: string;
  readonly connectedAt: number;
  /** From this time on, rows of the connection are ignored (connection-lifetime.ts). */
  readonly expiresAt: number;
}

/** A row of a channel's subscriber list. */
export type Subscriber = Pick<Connection, 'id' | 'connectedAt' | 'expiresAt'>;

/** A part of a channel's subscriber list: large channels have several (fanout/shards.ts). */
export interface Shard {
  readonly channel: string;
  /** From 0. */
  readonly shard: number;
}

/** One page of a shard's subscribers. */
export interface SubscriberPage {
  readonly subscribers: readonly Subscriber[];
  /** Number of the channel's shards; on the first page of shard 0 only. @default - one shard, or another page */
  readonly shards?: number;
  /** Messages sent to the shard ahead of their jobs, by origin; on its first page only. @default - none, or another page */
  readonly sent?: ReadonlyMap<string, SentRange>;
  /** Start of the next page. @default - this is the last page */
  readonly next?: string;
}

/** Consecutive messages of one log. */
export interface SentRange {
  readonly epoch: string;
  /** Sequence number of the first message. */
  readonly from: number;
  /** Sequence number of the last message. */
  readonly to: number;
}

/** Connections and subscriptions of this region. Reads are strongly consistent. */
export interface ConnectionStore {
  open(connection: Connection): Promise<void>;
  /** Deletes the connection and returns the shards that it was subscribed to. */
  close(connectionId: string): Promise<readonly Shard[]>;
  /**
   * Records the subscription on the connection's row, so that `close` finds it.
   *
   * @returns the shard of the subscription, which differs from `shard` if it was recorded before; `gone` when the connection is
   * closed, `full` when it has `limit` channels
   */
  noteChannel(connectionId: string, shard: Shard, limit: number): Promise<number | 'gone' | 'full'>;
  /** The shard that a connection's subscription belongs to. */
  shardOf(connectionId: string, channel: string): Promise<number | undefined>;
  forgetChannel(connectionId: string, channel: string): Promise<void>;
  addSubscriber(shard: Shard, subscriber: Subscriber): Promise<void>;
  removeSubscribers(shards: readonly Shard[], connectionId: string): Promise<void>;
  /** Removes the row only if it has the same connection time. */
  removeDeadSubscriber(shard: Shard, subscriber: Subscriber): Promise<void>;
  /**
   * A page of a shard's subscribers.
   *
   * @param from `next` of the previous page
   * @param limit maximum number of rows; a page may be shorter without being the last
   */
  page(shard: Shard, from?: string, limit?: number): Promise<SubscriberPage>;
}
