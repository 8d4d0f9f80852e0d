import type { WireError } from './errors';

/** The WebSocket subprotocol: name and version. Clients must offer it. */
export const SUBPROTOCOL = 'cdk-realtime.v1';
/** A client offers its token as a second subprotocol with this prefix, because browsers can't set headers on a WebSocket. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'cdk-realtime.token.';

/**
 * Largest `messages` of one publish, as JSON in UTF-8: what a delivery adds around it must still fit one frame, which may
 * have 32 KB. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_PUBLISH_BYTES = 24 * 1024;
/** Most messages of one publish. */
export const MAX_BATCH = 25;
/** Most levels of arrays and objects in the data of a message: more would end in a stack that is too small. */
export const MAX_DEPTH = 100;
/** Most messages of one history or subscribe reply. */
export const MAX_PAGE = 100;
/** Most channels that one connection may be subscribed to. */
export const MAX_SUBSCRIPTIONS = 100;

/**
 * What a capability may allow. `subscribe` includes catching up from a cursor, as far back as the log goes; `history` is
 * asking for pages, and subscribing with `rewind`.
 */
export const CAPABILITY_ACTIONS = ['subscribe', 'publish', 'history'] as const;
export type CapabilityAction = (typeof CAPABILITY_ACTIONS)[number];
/** Channel patterns to the actions allowed on them: `{"chat:*": ["subscribe", "publish"]}`. */
export type Capabilities = Readonly<Record<string, readonly CapabilityAction[]>>;

/** A message as a publisher sends it. */
export interface OutgoingMessage {
  /** Makes a retry take effect once, together with `retry` of the request. @default - the server makes one */
  readonly id?: string;
  readonly data: unknown;
  /** How `data` is encoded, outermost last. @default 'json' */
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

/** A message with the log it stands in: what `subscribe` and `history` reply with. */
export interface LocatedMessage extends Message {
  readonly origin: string;
  readonly epoch: string;
}

/**
 * What the server says of a resume: everything is here; some origins have holes or lag (ask again); older messages
 * are gone; the log began anew.
 */
export type Verdict = 'complete' | 'pending' | 'expired' | 'reset';

/** How far back a subscription without a cursor begins: the last so many messages, or everything since a time. */
export type Rewind =
  | { /** 1 to 100. */ readonly last: number }
  | { /** Milliseconds since 1970. */ readonly since: number };

export interface SubscribeRequest {
  readonly action: 'subscribe';
  readonly id: number;
  readonly channel: string;
  /** Where to resume. @default - from now, or from `rewind` */
  readonly cursor?: string;
  /** Begins in the past, which needs the right to `history` too; not together with `cursor`. @default - from now */
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
   * The same publish was sent before, and its answer did not come: it is looked for in the channel's last 200 messages before
   * it is stored. It is the same when all its messages are, in their order. In namespaces of `ordering: fifo` this says
   * nothing: the queue knows the same messages again for five minutes.
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
  /** Newest first, or oldest first. @default 'backwards' */
  readonly direction?: HistoryDirection;
  /** Only messages from this time on. Milliseconds since 1970. @default - since the log begins */
  readonly since?: number;
  /** Only messages before this time. Milliseconds since 1970. @default - to the end of the log */
  readonly until?: number;
  /** Continue a page: the `next` of the reply before, with the same direction and times. @default - the first page */
  readonly page?: string;
}
export type HistoryDirection = 'backwards' | 'forwards';

/** Asks what came since the cursors: closes gaps at the end of a log, which no later message shows. */
export interface SyncRequest {
  readonly action: 'sync';
  readonly id: number;
  /** Channels to their cursors, 1 to 100. */
  readonly channels: Readonly<Record<string, string>>;
}
export interface PingRequest {
  readonly action: 'ping';
  readonly id?: number;
}
export type Request = SubscribeRequest | UnsubscribeRequest | PublishRequest | HistoryRequest | SyncRequest;
export type Action = Request['action'] | 'ping';

export interface SubscribeOk {
  /** Take this cursor; it stands after `messages`. */
  readonly cursor: string;
  readonly verdict: Verdict;
  /** Origins that are not whole, for every verdict but `complete`. */
  readonly origins?: readonly string[];
  readonly messages: readonly LocatedMessage[];
  /** True when there is more to catch up on: subscribe again with `cursor`. */
  readonly more: boolean;
  /** The region that answers. */
  readonly region?: string;
  /**
   * Other regions learn only now that somebody listens here, and push what comes from then on: `sync` after this for what
   * was published meanwhile. Milliseconds. @default - they know
   */
  readonly syncIn?: number;
}
export type UnsubscribeOk = Readonly<Record<string, never>>;
export interface PublishOk {
  readonly origin: string;
  /** The log's incarnation. Absent in namespaces of `ordering: fifo`, where a publish gets its place after the answer. */
  readonly epoch?: string;
  /** One for each message, in order. Absent when `epoch` is. */
  readonly seqs?: readonly number[];
  /** The ids, in order: those given, or made by the server. */
  readonly ids: readonly string[];
}
export interface HistoryOk {
  /** In the direction that was asked for, in an order that is the same for everyone: (ts, origin, seq). */
  readonly messages: readonly LocatedMessage[];
  /** Give as `page` for the next page, also after an empty one. Absent when there is none. */
  readonly next?: string;
}
export interface SyncOk {
  /** For each channel what `subscribe` would have answered, or why not. */
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

/** A reply. `id` is null when the request's own could not be read. */
export type Reply =
  | { readonly id: number; readonly ok: Ok }
  | { readonly id: number | null; readonly error: WireError };

/** Answer of the `ping` route (a MOCK integration: no function runs). */
export interface Pong {
  readonly pong: true;
}

/** Messages of one channel and origin, delivered live. */
export interface MessagesPush {
  readonly push: 'messages';
  readonly channel: string;
  readonly origin: string;
  readonly epoch: string;
  readonly messages: readonly Message[];
}
/** This connection is to move: make a new one at some moment within, catch up there, then close this one. */
export interface MovePush {
  readonly push: 'move';
  /** Milliseconds; each client picks a moment by chance, so that they don't all come at once. */
  readonly within: number;
  /** Where to connect, best first. @default - where the client would connect anyway */
  readonly urls?: readonly string[];
  /** Why, for people. */
  readonly reason: string;
}
export type Push = MessagesPush | MovePush;
