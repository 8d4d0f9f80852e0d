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
