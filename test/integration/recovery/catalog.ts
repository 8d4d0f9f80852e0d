// The recovery scenarios that others hold their clients to, by stable ids: what each means here, and how it is tested.
// docs/reference/recovery.md is generated from this list, and test/integration/recovery/gate.test.ts holds list and tests together.

export interface CatalogEntry {
  /** Where it comes from, and what it is called there, shortened. Never given a new meaning. */
  readonly id: `${'ably' | 'centrifugo'}/${string}`;
  /** What the test shows; for what does not apply, what it would be about. */
  readonly asserts: string;
  readonly status: 'pass' | 'not-applicable';
  /** Why it does not apply; or what stands here for something that only exists there. */
  readonly why?: string;
}

const NO_CONNECTION_ID = 'There is no connection state: the client keeps a position for each channel.';
const NO_FAILED_STATE = 'No error ends a client; only `close()` does.';
const NO_PRESENCE = 'Presence does not exist yet.';

export const CATALOG = [
  {
    id: 'centrifugo/recover-after-disconnect',
    asserts:
      'given messages published during a disconnect, when the client reconnects, then they arrive in order with verdict `complete`, then new ones',
    status: 'pass',
  },
  {
    id: 'centrifugo/recover-after-resubscribe',
    asserts:
      'given messages published between unsubscribe and subscribe, when the client subscribes, then they arrive in order, then new ones',
    status: 'pass',
  },
  {
    id: 'centrifugo/history-too-short',
    asserts:
      'given messages that expired during a disconnect, when the client reconnects, then a `gap` and verdict `expired`, the remaining messages, then new ones',
    status: 'pass',
  },
  {
    id: 'centrifugo/unsubscribe-while-recovering',
    asserts:
      'when a listener unsubscribes while missed messages are delivered, then the next subscribe delivers the rest',
    status: 'pass',
  },
  {
    id: 'ably/disconnect-triggers-resume',
    asserts: 'when the server ends the connection with a close frame, then the client reconnects and misses nothing',
    status: 'pass',
  },
  {
    id: 'ably/tcp-close-without-close-frame',
    asserts:
      'when the connection ends or is reset without a close frame, then the client reconnects and misses nothing',
    status: 'pass',
  },
  {
    id: 'ably/resume-preserves-connid',
    asserts: 'when the client resumes, then sender, epoch, sequence and cursor continue, and nothing arrives twice',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/failed-resume-new-connid',
    asserts:
      'given a log that began again during a disconnect, when the client reconnects, then verdict `reset`, a `gap`, the whole new log, and publishing works',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/ttl-expiry-clears-resume',
    asserts:
      'given a log that expired completely during a disconnect, when the client reconnects, then verdict `expired` and one `gap`, once, then new messages',
    status: 'pass',
    why: 'The log expires after its retention; connections have no state that expires.',
  },
  {
    id: 'ably/recovery-preserves-connid',
    asserts:
      'given a cursor kept over a restart, when a new client subscribes with it, then exactly the missed messages arrive, then new ones',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/recovery-failure-fresh-conn',
    asserts:
      'given a text that is not a cursor, then it is refused at once; given a cursor of a deleted log, then a `gap`, then new messages',
    status: 'pass',
  },
  {
    id: 'ably/unacked-resent-on-resume',
    asserts:
      'given a publish whose frame or acknowledgement was lost, when it is sent again with its id, then it is stored once and delivered once',
    status: 'pass',
  },
  {
    id: 'ably/token-error-renew',
    asserts:
      'given an expired token, when the server refuses it, then the client requests a new one, and publishes made meanwhile are stored once',
    status: 'pass',
  },
  {
    id: 'ably/token-error-nonrenewable',
    asserts:
      'given a token that cannot be renewed, then state and calls report the reason, and no channel is live; when a valid token is returned, then the client recovers',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/fatal-error-on-open',
    asserts:
      'given a server that refuses every attempt, then each refusal is reported, calls fail at their timeout, waits grow, and `close()` ends the attempts',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/fatal-error-on-established',
    asserts:
      'when a request is refused, then only that request fails; when the connection is ended by policy, then it is reported and replaced, and nothing is lost',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/connection-timeout',
    asserts:
      'given a token provider or a server that never answers, then the client gives up the attempt and tries again',
    status: 'pass',
  },
  {
    id: 'ably/retry-after-refused',
    asserts:
      'given a server that is down, then the client tries until it is up, and misses nothing published meanwhile',
    status: 'pass',
  },
  {
    id: 'ably/heartbeat-starvation',
    asserts:
      'given a half-open connection, when a ping is not answered, then the client replaces it, and messages published meanwhile arrive',
    status: 'pass',
  },
  {
    id: 'ably/server-initiated-reauth',
    asserts:
      'when the server reports the token as expired, then a new connection with a new token takes over, and the state stays connected',
    status: 'pass',
  },
  {
    id: 'ably/attach-timeout',
    asserts:
      'given a subscribe or a resume that is not answered, then the client repeats it, the channel becomes live, and nothing is lost',
    status: 'pass',
  },
  {
    id: 'ably/detach-timeout',
    asserts:
      'given an unsubscribe that is not answered, then it fails with its error, no more messages arrive, and other channels lose nothing',
    status: 'pass',
    why: 'The client opens another connection, on which the late unsubscribe has no effect.',
  },
  {
    id: 'ably/attached-non-resumed-update',
    asserts:
      'given a live channel whose pushes were lost and have expired, then a `gap` and a verdict arrive on the same connection',
    status: 'pass',
  },
  {
    id: 'ably/unsolicited-detach-reattach',
    asserts:
      'when the server loses a subscription or a connection, then the client notices, subscribes again, and loses nothing',
    status: 'pass',
  },
  {
    id: 'ably/channel-error-failed',
    asserts:
      'when the right to a channel is missing or removed, then `detached` with the reason, and other channels continue; when it is given, then the channel is live again',
    status: 'pass',
  },
  {
    id: 'ably/channels-reattach-on-reconnect',
    asserts:
      'when the client reconnects, then every subscribed channel resumes at its own cursor, and unsubscribed ones stay unsubscribed',
    status: 'pass',
  },
  {
    id: 'ably/presence-reenter-after-disconnect',
    asserts: 'when the client reconnects, then its members are present again',
    status: 'not-applicable',
    why: NO_PRESENCE,
  },
  {
    id: 'ably/presence-reenter-on-non-resumed',
    asserts: 'when a channel cannot be resumed, then its members enter again',
    status: 'not-applicable',
    why: NO_PRESENCE,
  },
  {
    id: 'ably/http-503-fallback',
    asserts: 'when a host answers 503, then the request goes to another host',
    status: 'not-applicable',
    why: 'The SDK makes no HTTP requests. A connection tries `fallbackUrls` after failures.',
  },
  {
    id: 'ably/http-503-no-fallback',
    asserts:
      'when a connection is answered with 503, then the client tries the same address again; by HTTP, then the error says so, and a retry is stored once',
    status: 'pass',
  },
  {
    id: 'ably/renewal-on-401',
    asserts:
      'given HTTP with an expired token, then 401 with `renew`; when it is repeated with a new token and the same key, then it is stored once',
    status: 'pass',
    why: 'The SDK makes no HTTP requests: the test follows the `retry` of the answer.',
  },
] as const satisfies readonly CatalogEntry[];

type Entry = (typeof CATALOG)[number];
/** The ids of scenarios that have a test. */
export type ScenarioId = Extract<Entry, { status: 'pass' }>['id'];
