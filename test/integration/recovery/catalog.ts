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

const NO_CONNECTION_ID = 'There is no connection state to keep: the client holds a position for each channel.';
const NO_FAILED_STATE = 'No error ends a client for good: only `close()` does.';
const NO_PRESENCE = 'There is no presence yet.';

export const CATALOG = [
  {
    id: 'centrifugo/recover-after-disconnect',
    asserts: 'what was published while away comes in order, verdict `complete`, then the next one live',
    status: 'pass',
  },
  {
    id: 'centrifugo/recover-after-resubscribe',
    asserts: 'what was published between unsubscribe and subscribe comes in order, then the next one live',
    status: 'pass',
  },
  {
    id: 'centrifugo/history-too-short',
    asserts: 'a `gap` tells what expired while away, verdict `expired`; what is left comes, then the next one live',
    status: 'pass',
  },
  {
    id: 'centrifugo/unsubscribe-while-recovering',
    asserts:
      'a listener unsubscribes while missed messages are being delivered: the rest comes with the next subscribe',
    status: 'pass',
  },
  {
    id: 'ably/disconnect-triggers-resume',
    asserts: 'the server ends the connection with a close frame: the client connects again and misses nothing',
    status: 'pass',
  },
  {
    id: 'ably/tcp-close-without-close-frame',
    asserts: 'the connection ends, or is reset, without a close frame: the client connects again and misses nothing',
    status: 'pass',
  },
  {
    id: 'ably/resume-preserves-connid',
    asserts: 'sender, epoch, sequence and cursor go on over a resume as if nothing had happened; nothing comes twice',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/failed-resume-new-connid',
    asserts: 'the log began anew while away: verdict `reset`, a `gap`, all of the new log, and publishing goes on',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/ttl-expiry-clears-resume',
    asserts: 'the whole log expired while away: verdict `expired`, one `gap`, told once, then the next one live',
    status: 'pass',
    why: 'What expires is the log, after its retention, not the connection.',
  },
  {
    id: 'ably/recovery-preserves-connid',
    asserts: 'a cursor that was kept over a restart resumes in a new client: exactly what was missed, then live',
    status: 'pass',
    why: NO_CONNECTION_ID,
  },
  {
    id: 'ably/recovery-failure-fresh-conn',
    asserts: 'a text that is no cursor is refused at once; the cursor of a log that is gone: a `gap`, then live',
    status: 'pass',
  },
  {
    id: 'ably/unacked-resent-on-resume',
    asserts: 'a publish whose frame or acknowledgement was lost is sent again with its id, stored once, delivered once',
    status: 'pass',
  },
  {
    id: 'ably/token-error-renew',
    asserts: 'an expired token is refused: a fresh one is asked for, and what was published meanwhile is stored once',
    status: 'pass',
  },
  {
    id: 'ably/token-error-nonrenewable',
    asserts: 'a token that can’t be renewed: state and calls tell why, nothing seems live, a working one mends it',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/fatal-error-on-open',
    asserts: 'refused at every try: each is told, calls fail in their time, waits keep growing, `close()` ends it',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/fatal-error-on-established',
    asserts: 'a refusal ends only what was asked; a connection ended by policy is told, made anew, and nothing is lost',
    status: 'pass',
    why: NO_FAILED_STATE,
  },
  {
    id: 'ably/connection-timeout',
    asserts: 'neither a token provider nor a server that never answers holds the client up: it gives up, tries again',
    status: 'pass',
  },
  {
    id: 'ably/retry-after-refused',
    asserts: 'nobody listens: the client tries until somebody does, and misses nothing of what came meanwhile',
    status: 'pass',
  },
  {
    id: 'ably/heartbeat-starvation',
    asserts: 'a half-open connection: an unanswered ping ends it, and what was published meanwhile comes',
    status: 'pass',
  },
  {
    id: 'ably/server-initiated-reauth',
    asserts: 'the server calls the token over: a new connection with a fresh one takes over, never disconnected',
    status: 'pass',
  },
  {
    id: 'ably/attach-timeout',
    asserts: 'a subscribe, or a resume, that is not answered is asked again: the channel becomes live, nothing is lost',
    status: 'pass',
  },
  {
    id: 'ably/detach-timeout',
    asserts: 'an unsubscribe that is not answered fails by name; nothing comes any more; other channels lose nothing',
    status: 'pass',
    why: 'It is safe from the late unsubscribe on another connection, and makes one.',
  },
  {
    id: 'ably/attached-non-resumed-update',
    asserts: 'a live channel whose pushes were lost and have expired: a `gap` and a verdict, on the same connection',
    status: 'pass',
  },
  {
    id: 'ably/unsolicited-detach-reattach',
    asserts:
      'the server forgets a subscription, or the connection: the client notices, subscribes again, loses nothing',
    status: 'pass',
  },
  {
    id: 'ably/channel-error-failed',
    asserts: 'without the right, or once it is taken, `detached` with the reason; others live on; with it, live again',
    status: 'pass',
  },
  {
    id: 'ably/channels-reattach-on-reconnect',
    asserts: 'every subscribed channel resumes at its own cursor; one that was unsubscribed stays so',
    status: 'pass',
  },
  {
    id: 'ably/presence-reenter-after-disconnect',
    asserts: 'who was present is present again after a reconnect',
    status: 'not-applicable',
    why: NO_PRESENCE,
  },
  {
    id: 'ably/presence-reenter-on-non-resumed',
    asserts: 'who was present enters again when the channel could not be resumed',
    status: 'not-applicable',
    why: NO_PRESENCE,
  },
  {
    id: 'ably/http-503-fallback',
    asserts: 'a 503 sends the request to another host',
    status: 'not-applicable',
    why: 'A network has one region, so one address, today; a list of addresses comes with more regions.',
  },
  {
    id: 'ably/http-503-no-fallback',
    asserts: 'a 503 to a connection is tried again at the same address; by HTTP it says so, and a retry is stored once',
    status: 'pass',
  },
  {
    id: 'ably/renewal-on-401',
    asserts: 'HTTP with an expired token: 401, `renew`; with a fresh one and the same key it is stored once',
    status: 'pass',
    why: 'The SDK has no HTTP calls: the test does what the answer’s `retry` says.',
  },
] as const satisfies readonly CatalogEntry[];

type Entry = (typeof CATALOG)[number];
/** The ids of scenarios that have a test. */
export type ScenarioId = Extract<Entry, { status: 'pass' }>['id'];
