// Events of hand-made histories for the tests of the delivery checker.
import { check, type CheckOptions, type HistoryEvent, type ProblemKind } from '../../load/checker';

export const CHANNEL = 'chat:a';
export const ORIGIN = 'eu-west-1';
export type Event<E = HistoryEvent> = E extends HistoryEvent ? Omit<E, 't'> & { t?: number } : never;

export const begun = (id: string, channel = CHANNEL): Event => ({
  type: 'publish-begun',
  channel,
  from: 'p',
  ids: [id],
});
export const stored = (seq: number, id = `m${seq}`, more: object = {}): Event => ({
  type: 'stored',
  channel: CHANNEL,
  origin: ORIGIN,
  epoch: 'e1',
  seq,
  from: 'p',
  ids: [id],
  expires: 1e9,
  ...more,
});
export const acknowledged = (seq: number, id = `m${seq}`): Event => ({
  type: 'publish-acknowledged',
  channel: CHANNEL,
  origin: ORIGIN,
  epoch: 'e1',
  seqs: [seq],
  ids: [id],
});
export const delivered = (seq: number, id = `m${seq}`, more: object = {}): Event => ({
  type: 'delivered',
  subscriber: 's',
  channel: CHANNEL,
  origin: ORIGIN,
  epoch: 'e1',
  seq,
  id,
  from: 'p',
  ...more,
});
export const subscribed = (seq = 0): Event => ({
  type: 'subscribed',
  subscriber: 's',
  channel: CHANNEL,
  cursor: { [ORIGIN]: { epoch: 'e1', seq } },
});
/** A subscriber that began before the log did. */
export const subscribedBefore: Event = { type: 'subscribed', subscriber: 's', channel: CHANNEL, cursor: {} };
export const replicated = (...seqs: number[]): Event => ({
  type: 'replicated',
  channel: CHANNEL,
  origin: ORIGIN,
  region: 'us-east-1',
  epoch: 'e1',
  seqs,
});
/** Messages of others. */
export const filled = (from: number, to: number): Event[] =>
  Array.from({ length: to - from + 1 }, (_, i) => [begun(`m${from + i}`), stored(from + i)]).flat();
/** Time that passes. */
export const filler: Event = { type: 'restarted', subscriber: 'other' };
/** Bounds of 1.5 seconds for messages of another region. */
export const across = ({ knownAfter }: { readonly knownAfter: number }): CheckOptions => ({
  late: {
    after: 1_500,
    across: { after: 1_500, knownAfter, joined: [{ replicatedWithin: Number.POSITIVE_INFINITY, after: 1_500 }] },
  },
});
export const removed = (...seqs: number[]): Event => ({
  type: 'removed',
  channel: CHANNEL,
  origin: ORIGIN,
  epoch: 'e1',
  seqs,
});
export const unsubscribed: Event = { type: 'unsubscribed', subscriber: 's', channel: CHANNEL };
export const gap = (after: number, next: number): Event => ({
  type: 'gap',
  subscriber: 's',
  channel: CHANNEL,
  origin: ORIGIN,
  after: { epoch: 'e1', seq: after },
  next: { epoch: 'e1', seq: next },
});
export const judged = (from: number, to: number, more: object = {}): Event => ({
  type: 'judged',
  subscriber: 's',
  channel: CHANNEL,
  region: ORIGIN,
  askedAt: 5_000,
  verdict: 'complete',
  more: false,
  from: { [ORIGIN]: { epoch: 'e1', seq: from } },
  to: { [ORIGIN]: { epoch: 'e1', seq: to } },
  ...more,
});
/** An answer of a region to a subscriber without a cursor. */
export const answered = (region: string): Event => judged(0, 0, { region, askedAt: 0 });
export const published = (...seqs: number[]): Event[] =>
  seqs.flatMap((seq) => [begun(`m${seq}`), stored(seq), acknowledged(seq)]);

/** One event a second. */
export function kinds(events: readonly Event[], options?: CheckOptions): ProblemKind[] {
  const history = events.map((event, i) => ({ t: i * 1_000, ...event }));
  return check(history, options).problems.map(({ kind }) => kind);
}

/** The event, whose messages have expired from the start. */
export function expireAll(event: Event): Event {
  return event.type === 'stored' ? { ...event, expires: 0 } : event;
}
