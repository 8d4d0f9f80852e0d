// What a run records: simulated, local or real. One event a line when it is written down.
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
}
/** A publisher was told that its messages are stored. */
export interface PublishAcknowledged extends At {
  readonly type: 'publish-acknowledged';
  readonly channel: string;
  readonly origin: string;
  readonly ids: readonly string[];
  /** Where they stand: absent when they will get their places later. */
  readonly epoch?: string | undefined;
  readonly seqs?: readonly number[] | undefined;
}
/** A publisher was told that its messages will never be stored. Without this and without an acknowledgement, they may be. */
export interface PublishRefused extends At {
  readonly type: 'publish-refused';
  readonly channel: string;
  readonly ids: readonly string[];
}
/** The truth: an entry of a log, as it was written in its origin. */
export interface Stored extends At {
  readonly type: 'stored';
  readonly channel: string;
  readonly origin: string;
  readonly epoch: string;
  readonly seq: number;
  readonly from: string;
  readonly ids: readonly string[];
  /** When readers may begin to take it for gone. */
  readonly expires: number;
  /** Whether the writer had to find out first if it had been stored before. @default true */
  readonly lookedBack?: boolean;
}
/** A subscriber listens from a place on. A subscriber keeps its name over reconnects, reloads and moves. */
export interface Subscribed extends At {
  readonly type: 'subscribed';
  readonly subscriber: string;
  readonly channel: string;
  readonly cursor: Cursor;
}
export interface Unsubscribed extends At {
  readonly type: 'unsubscribed';
  readonly subscriber: string;
  readonly channel: string;
}
/** The application was given a message. */
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
/** The application was told that messages are gone: those after one place and before another. */
export interface Gap extends At {
  readonly type: 'gap';
  readonly subscriber: string;
  readonly channel: string;
  readonly origin: string;
  readonly after: Position;
  readonly next: Position;
}
/** A server answered a resume: what it was asked, when and where, and where it says that leaves the client. */
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
/** A subscriber's connection came or went, as its application was told. */
export interface Presence extends At {
  readonly type: 'online' | 'offline';
  readonly subscriber: string;
}
/** A subscriber's application began anew with its cursors: it no longer knows which message ids it has seen. */
export interface Restarted extends At {
  readonly type: 'restarted';
  readonly subscriber: string;
}
/** From here on, everything that was stored has had its time to arrive everywhere. */
export interface Settled extends At {
  readonly type: 'settled';
}

export type HistoryEvent =
  | PublishBegun
  | PublishAcknowledged
  | PublishRefused
  | Stored
  | Subscribed
  | Unsubscribed
  | Delivered
  | Gap
  | Judged
  | Presence
  | Restarted
  | Settled;
