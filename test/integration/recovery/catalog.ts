// The recovery scenarios of other products' test suites, by stable ids. docs/reference/recovery.md is generated from this list, and gate.test.ts
// checks that each one that passes has a test.

export interface CatalogEntry {
  /** Its suite, and its shortened name there. An id never gets a new meaning. */
  readonly id: `${'ably' | 'centrifugo'}/${string}`;
  /** What the test asserts, or would assert if it applied: given, when, then. */
  readonly asserts: string;
  readonly status: 'pass' | 'not-applicable';
  /** Why it does not apply, or what corresponds to a concept that only the other product has. */
  readonly why?: string;
}

const NO_CONNECTION_ID = 'Connections have no state to resume: the client keeps a position for each channel.';
const NO_FAILED_STATE = 'No error ends a client for good, only `close()` does.';
const NO_PRESENCE = 'Presence is not implemented yet.';

export const CATALOG = [
  {
    id: 'centrifugo/recover-after-disconnect',
    asserts:
      'given messages that were published while disconnected, when the client reconnects, then they arrive in order, with the verdict `complete`',
    status: 'pass',
  },
  {
    id: 'centrifugo/recover-after-resubscribe',
    asserts:
      'given messages between unsubscribe and subscribe, when the channel is subscribed again, then they arrive in order',
    status: 'pass',
  },
  {
    id: 'centrifugo/history-too-short',
    asserts:
      'given messages that expired while disconnected, when the client resumes, then a `gap` and the verdict `expired` are reported, and the rest arrives',
    status: 'pass',
  },
  {
    id: 'centrifugo/unsubscribe-while-recovering',
    asserts: 'given a resume, when a listener unsubscribes during it, then the rest arrives with the next subscribe',
    status: 'pass',
  },
  {
    id: 'ably/disconnect-triggers-resume',
    asserts: 'when the server closes the connection with a close frame, then the client reconnects and loses nothing',
    status: 'pass',
  },
  {
    id: 'ably/tcp-close-without-close-frame',
    asserts: 'when the connection ends or is reset without a close frame, then the client reconnects and loses nothing',
    status: 'pass',
  },
  {
    id: 'ably/resume-preserves-connid',
    asserts: 'when the client resumes, then sender, epoch, sequence and cursor continue, and no message arrives twice',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/failed-resume-new-connid',
    asserts:
      'given a log that was started anew while disconnected, when the client resumes, then `reset` and a `gap` are reported, and the new log arrives',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/ttl-expiry-clears-resume',
    asserts:
      'given a log that expired while disconnected, when the client resumes, then `expired` and one `gap` are reported once',
    status: 'pass',
    why: 'The log expires after its retention; connections do not.',
  },
  {
    id: 'ably/recovery-preserves-connid',
    asserts: 'given a stored cursor, when a new client resumes from it, then exactly the missed messages arrive',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/recovery-failure-fresh-conn',
    asserts:
      'given an invalid cursor, then the call throws; given the cursor of a former log, then a `gap` is reported',
    status: 'pass',
  },
  {
    id: 'ably/unacked-resent-on-resume',
    asserts:
      'given a publish whose frame or acknowledgement is lost, when the client reconnects, then it is stored and delivered once',
    status: 'pass',
  },
  {
    id: 'ably/token-error-renew',
    asserts:
      'given an expired token, when the client connects, then it gets a new token, and a waiting publish is stored once',
    status: 'pass',
  },
  {
    id: 'ably/token-error-nonrenewable',
    asserts:
      'given a token that can’t be renewed, then state and calls report the reason; with a working one, the channel resumes',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/fatal-error-on-open',
    asserts:
      'given a server that refuses every connection, then each failure is reported, calls time out, waits grow, and `close()` ends the attempts',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/fatal-error-on-established',
    asserts:
      'when a request is refused, then only that call fails; when the connection is closed by policy, then the client reconnects and loses nothing',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/connection-timeout',
    asserts:
      'given a token provider or a server that never answers, when the time to open passes, then the client tries again',
    status: 'pass',
  },
  {
    id: 'ably/retry-after-refused',
    asserts: 'given a refused connection, then the client tries until the server listens, and loses nothing',
    status: 'pass',
  },
  {
    id: 'ably/heartbeat-starvation',
    asserts:
      'given a half-open connection, when a ping is not answered, then the client reconnects, and missed messages arrive',
    status: 'pass',
  },
  {
    id: 'ably/server-initiated-reauth',
    asserts:
      'when the server refuses the token as expired, then a connection with a new token takes over without a disconnect',
    status: 'pass',
  },
  {
    id: 'ably/attach-timeout',
    asserts: 'given a lost subscribe or resume, when it times out, then it is sent again, and no message is lost',
    status: 'pass',
  },
  {
    id: 'ably/detach-timeout',
    asserts:
      'given a lost unsubscribe, when it times out, then it fails with `request_timeout`, and other channels lose nothing',
    status: 'pass',
    why: 'The client makes another connection, where a late unsubscribe has no effect.',
  },
  {
    id: 'ably/attached-non-resumed-update',
    asserts:
      'given lost pushes whose messages have expired, when the client syncs, then a `gap` and a verdict are reported on the same connection',
    status: 'pass',
  },
  {
    id: 'ably/unsolicited-detach-reattach',
    asserts:
      'when the server loses a subscription or a connection, then the client detects it, subscribes again, and loses nothing',
    status: 'pass',
  },
  {
    id: 'ably/channel-error-failed',
    asserts:
      'when the right to a channel is missing or withdrawn, then the channel is `detached` with the reason; others stay live',
    status: 'pass',
  },
  {
    id: 'ably/channels-reattach-on-reconnect',
    asserts:
      'when the client reconnects, then each subscribed channel resumes at its own cursor; an unsubscribed one stays detached',
    status: 'pass',
  },
  {
    id: 'ably/presence-reenter-after-disconnect',
    asserts: 'when a present client reconnects, then it is present again',
    status: 'not-applicable',
    why: NO_PRESENCE,
  },
  {
    id: 'ably/presence-reenter-on-non-resumed',
    asserts: 'when the channel of a present client can’t be resumed, then it enters again',
    status: 'not-applicable',
    why: NO_PRESENCE,
  },
  {
    id: 'ably/http-503-fallback',
    asserts: 'when a host answers 503, then the request is sent to another host',
    status: 'not-applicable',
    why: 'A network of one region has one address. Fallback addresses of several regions are tested in test/unit/client/endpoints.test.ts.',
  },
  {
    id: 'ably/http-503-no-fallback',
    asserts:
      'when a connection is answered with 503, then it is tried again; when a publish over HTTP is, then a retry is stored once',
    status: 'pass',
  },
  {
    id: 'ably/renewal-on-401',
    asserts:
      'given an expired token, when it publishes over HTTP, then the answer is 401 with `renew`; with a new token and the same key, it is stored once',
    status: 'pass',
    why: 'The SDK has no HTTP calls, so the test follows the `retry` of the answer.',
  },
] as const satisfies readonly CatalogEntry[];

type Entry = (typeof CATALOG)[number];
/** Ids of the scenarios with a test. */
export type ScenarioId = Extract<Entry, { status: 'pass' }>['id'];
