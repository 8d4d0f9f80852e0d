import type { WireError } from './errors';

/** The WebSocket subprotocol: name and version. Clients must offer it. */
export const SUBPROTOCOL = 'cdk-realtime.v1';
/** Prefix of the second subprotocol, which carries the token: browsers can't set headers on a WebSocket. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'cdk-realtime.token.';

/**
 * Largest `messages` of one publish, as JSON in UTF-8. Bytes. A delivery adds fields, and must fit one frame of 32 KB.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_PUBLISH_BYTES = 24 * 1024;
/** Most messages of one publish. */
export const MAX_BATCH = 25;
/** Most levels of arrays and objects in the data of a message. Deeper values may overflow the stack of recursive code. */
export const MAX_DEPTH = 100;
/** Most messages of one history or subscribe reply. */
export const MAX_PAGE = 100;
/** Most channels that one connection may subscribe to. */
export const MAX_SUBSCRIPTIONS = 100;

/**
 * The actions of a capability. `subscribe` includes catching up from a cursor, as far back as the namespace's `resumeWindow`
 * before the connection began. `history` allows requests for pages, subscriptions with `rewind`, and cursors as far back as the log goes.
 */
export const CAPABILITY_ACTIONS = ['subscribe', 'publish', 'history'] as const;
export type CapabilityAction = (typeof CAPABILITY_ACTIONS)[number];
/** The allowed actions by channel pattern: `{"chat:*": ["subscribe", "publish"]}`. */
export type Capabilities = Readonly<Record<string, readonly CapabilityAction[]>>;

/** A message as a publisher sends it. */
export interface OutgoingMessage {
  /** Together with `retry` of the request, lets a retry take effect once. @default - the server generates one */
  readonly id?: string;
  readonly data: unknown;
  /** The encodings of `data`, outermost last. @default 'json' */
  readonly enc?: string;
}

/** A message as it is stored and delivered. */
export interface Message {
  /** Dense within the channel, origin and epoch; starts at 1. */
  readonly seq: number;
  readonly id: string;
  /** Milliseconds since 1970, by the clock of the function that appended it. */
  readonly ts: number;
  /** The publisher's client id (the token's `sub`). */
  readonly from: string;
  readonly data: unknown;
  readonly enc: string;
}

/** A message with its log: the messages of `subscribe` and `history` replies. */
export interface LocatedMessage extends Message {
  readonly origin: string;
  readonly epoch: string;
}

/**
 * The server's judgement of a resume (docs/reference/verdicts.md):
 * - `complete`: no message is missing.
 * - `pending`: messages of some origins are still replicating; ask again.
 * - `expired`: older messages are past the retention, or before the time from which the client may read.
 * - `reset`: the log began anew.
 */
export type Verdict = 'complete' | 'pending' | 'expired' | 'reset';

/** Where a subscription without a cursor begins: with the last messages of a number, or at a time. */
export type Rewind =
  | { /** 1 to 100. */ readonly last: number }
  | { /** Milliseconds since 1970. */ readonly since: number };

export interface SubscribeRequest {
  readonly action: 'subscribe';
  readonly id: number;
  readonly channel: string;
  /** The place to resume from. @default - from now, or from `rewind` */
  readonly cursor?: string;
  /** Begins in the past. Needs the `history` capability; not together with `cursor`. @default - from now */
  readonly rewind?: Rewind;
}
export interface UnsubscribeRequest {
  readonly action: 'unsubscribe';
  readonly id: number;
  readonly channel: string;
}
export interface PublishRequest {
  readonly action: 'publish';
  readonly id: number;
  readonly channel: string;
  readonly messages: readonly OutgoingMessage[];
  /**
   * The same publish was sent before and got no answer. The server looks for it in the channel's last 200 messages before it
   * stores it. Two publishes are the same if all their messages are, in order. Namespaces of `ordering: fifo` ignore this:
   * their queue drops the same messages for five minutes.
   *
   * @default false
   */
  readonly retry?: boolean;
}
export interface HistoryRequest {
  readonly action: 'history';
  readonly id: number;
  readonly channel: string;
  /** Most messages to return, 1 to 100. @default 50 */
  readonly limit?: number;
  /** Newest first (`backwards`), or oldest first. @default 'backwards' */
  readonly direction?: HistoryDirection;
  /** Only messages from this time on. Milliseconds since 1970. @default - from the log's start */
  readonly since?: number;
  /** Only messages before this time. Milliseconds since 1970. @default - to the end of the log */
  readonly until?: number;
  /** The `next` of the last reply; direction and times must be the same. @default - the first page */
  readonly page?: string;
}
export type HistoryDirection = 'backwards' | 'forwards';

/** Asks for the messages since the cursors. It finds lost messages at the end of a log, which leave no gap in later ones. */
export interface SyncRequest {
  readonly action: 'sync';
  readonly id: number;
  /** The cursor of each channel, 1 to 100. */
  readonly channels: Readonly<Record<string, string>>;
}
export interface PingRequest {
  readonly action: 'ping';
  readonly id?: number;
}
export type Request = SubscribeRequest | UnsubscribeRequest | PublishRequest | HistoryRequest | SyncRequest;
export type Action = Request['action'] | 'ping';

export interface SubscribeOk {
  /** The cursor after `messages`. Replaces the client's cursor. */
  readonly cursor: string;
  readonly verdict: Verdict;
  /** Origins with missing messages. @default - the verdict is `complete` */
  readonly origins?: readonly string[];
  readonly messages: readonly LocatedMessage[];
  /** Whether more messages follow: subscribe again with `cursor`. */
  readonly more: boolean;
  /** The region that answered. */
  readonly region?: string;
  /**
   * Time until other regions push every new message to this subscription. Messages that are still being replicated to this region
   * are neither in the answer nor pushed: a `sync` finds them. Send one after this time; for the shortest delay, also after a half,
   * one and a half, two and four times of it. Milliseconds. @default - there are no other regions
   */
  readonly syncIn?: number;
  /** Other regions could not be told of this subscription: subscribe again after the last of these syncs. @default - they know */
  readonly renew?: boolean;
}
export type UnsubscribeOk = Readonly<Record<string, never>>;
export interface PublishOk {
  readonly origin: string;
  /** The log's incarnation. Absent in namespaces of `ordering: fifo`, which store a publish after the answer. */
  readonly epoch?: string;
  /** The sequence number of each message, in order. Absent when `epoch` is. */
  readonly seqs?: readonly number[];
  /** The id of each message, in order: the publisher's, or one that the server generated. */
  readonly ids: readonly string[];
}
export interface HistoryOk {
  /** In the requested direction, ordered by (ts, origin, seq), which is the same for all readers. */
  readonly messages: readonly LocatedMessage[];
  /** The `page` of the next request, also after an empty page. Absent on the last page. */
  readonly next?: string;
  /**
   * - `complete`: no message is missing between the page before and the end of this one.
   * - `pending`: the page ends before messages that are still replicating to this region. `next` continues there: wait a
   *   second before you ask.
   * - `expired`: messages between the page before and this one have expired since.
   *
   * Absent in answers of older servers.
   */
  readonly verdict?: Exclude<Verdict, 'reset'>;
  /** Origins with missing messages. @default - the verdict is `complete` */
  readonly origins?: readonly string[];
}
export interface SyncOk {
  /** For each channel the answer of `subscribe`, or an error. */
  readonly channels: Readonly<Record<string, SubscribeOk | { readonly error: WireError }>>;
}
export interface OkByAction {
  subscribe: SubscribeOk;
  unsubscribe: UnsubscribeOk;
  publish: PublishOk;
  history: HistoryOk;
  sync: SyncOk;
}
export type Ok = OkByAction[keyof OkByAction];

/** A reply. `id` is null if the request's id could not be read. */
export type Reply =
  | { readonly id: number; readonly ok: Ok }
  | { readonly id: number | null; readonly error: WireError };

/** The answer of the `ping` route, a MOCK integration: no function runs. */
export interface Pong {
  readonly pong: true;
}

/** New messages of one channel and origin. */
export interface MessagesPush {
  readonly push: 'messages';
  readonly channel: string;
  readonly origin: string;
  readonly epoch: string;
  readonly messages: readonly Message[];
}
/** Tells the client to move: open a new connection, catch up there, then close this one. */
export interface MovePush {
  readonly push: 'move';
  /** Time to move. Each client picks a random moment in it, so that they don't all reconnect at once. Milliseconds. */
  readonly within: number;
  /** Addresses to connect to, best first. @default - the client's own */
  readonly urls?: readonly string[];
  /** The reason, for logs. */
  readonly reason: string;
}
export type Push = MessagesPush | MovePush;
