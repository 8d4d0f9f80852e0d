// Events of a run, which may be simulated, local or on AWS. A history file has one event per line.
import type { Cursor, Position, Verdict } from '../../protocol';

interface At {
  /** Milliseconds since 1970, by one clock for the whole run. */
  readonly t: number;
}

/** A publisher begins to publish. Message ids are unique in a run. */
export interface PublishBegun extends At {
  readonly type: 'publish-begun';
  readonly channel: string;
  readonly from: string;
  readonly ids: readonly string[];
  /** Whether every attempt has the same idempotency key: it must be stored once in a region, however attempts overlap. @default false */
  readonly isKeyed?: boolean;
}
/** A publisher received the acknowledgement that its messages are stored. */
export interface PublishAcknowledged extends At {
  readonly type: 'publish-acknowledged';
  readonly channel: string;
  readonly origin: string;
  readonly ids: readonly string[];
  /** The place of the messages. Absent when a queue gives them their places later. */
  readonly epoch?: string | undefined;
  readonly seqs?: readonly number[] | undefined;
}
/**
 * A publisher received an error that excludes that its messages are stored. A publish with neither this event nor an
 * acknowledgement may be stored.
 */
export interface PublishRefused extends At {
  readonly type: 'publish-refused';
  readonly channel: string;
  readonly ids: readonly string[];
}
/** An entry of a log, as it was written in its origin. The checker compares everything else with these events. */
export interface Stored extends At {
  readonly type: 'stored';
  readonly channel: string;
  readonly origin: string;
  readonly epoch: string;
  readonly seq: number;
  readonly from: string;
  readonly ids: readonly string[];
  /** When readers may begin to treat it as expired. Milliseconds since 1970. */
  readonly expires: number;
  /** Whether the writer had to look for an earlier copy before it wrote. @default true */
  readonly lookedBack?: boolean;
}
/** Messages of a log are gone before they expired: a table was restored, a replica rebuilt, or an entry deleted by hand. */
export interface Removed extends At {
  readonly type: 'removed';
  readonly channel: string;
  readonly origin: string;
  readonly epoch: string;
  readonly seqs: readonly number[];
}
/** An entry of a log reached the replica of another region. */
export interface Replicated extends At {
  readonly type: 'replicated';
  readonly channel: string;
  readonly origin: string;
  /** The region that it reached. */
  readonly region: string;
  readonly epoch: string;
  readonly seqs: readonly number[];
}
/** A subscriber listens, from a cursor on. It keeps its name over reconnects, reloads and moves to another region. */
export interface Subscribed extends At {
  readonly type: 'subscribed';
  readonly subscriber: string;
  readonly channel: string;
  readonly cursor: Cursor;
  /** The subscription begins with the messages from this time on, and at the cursor at the latest. Milliseconds since 1970. */
  readonly since?: number;
}
export interface Unsubscribed extends At {
  readonly type: 'unsubscribed';
  readonly subscriber: string;
  readonly channel: string;
}
/** The client passed a message to its application. */
export interface Delivered extends At {
  readonly type: 'delivered';
  readonly subscriber: string;
  readonly channel: string;
  readonly origin: string;
  readonly epoch: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
}
/** A frame showed a message to a client without the right to history, or to one that does not use the SDK. */
export interface Exposed extends At {
  readonly type: 'exposed';
  readonly subscriber: string;
  readonly channel: string;
  readonly origin: string;
  readonly epoch: string;
  readonly seq: number;
  readonly id: string;
}
/** The client reported to its application that the messages after one place and before another are gone. */
export interface Gap extends At {
  readonly type: 'gap';
  readonly subscriber: string;
  readonly channel: string;
  readonly origin: string;
  readonly after: Position;
  readonly next: Position;
}
/** A server answered a resume: the request, its time and region, and the client's cursor after the answer. */
export interface Judged extends At {
  readonly type: 'judged';
  readonly subscriber: string;
  readonly channel: string;
  /** The region that answered. */
  readonly region: string;
  readonly askedAt: number;
  readonly from: Cursor;
  readonly to: Cursor;
  readonly verdict: Verdict;
  readonly more: boolean;
}
/** A subscriber's connection opened or closed, as the client reported it to its application. */
export interface Presence extends At {
  readonly type: 'online' | 'offline';
  readonly subscriber: string;
}
/** A subscriber's application restarted with its cursors: it no longer knows which message ids it has seen. */
export interface Restarted extends At {
  readonly type: 'restarted';
  readonly subscriber: string;
}
/** From here on, every stored message has had enough time to reach every subscriber. */
export interface Settled extends At {
  readonly type: 'settled';
}

export type HistoryEvent =
  | PublishBegun
  | PublishAcknowledged
  | PublishRefused
  | Stored
  | Replicated
  | Removed
  | Subscribed
  | Unsubscribed
  | Delivered
  | Exposed
  | Gap
  | Judged
  | Presence
  | Restarted
  | Settled;
