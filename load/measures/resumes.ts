// How long clients were without service, and how long channels were pending.
import type { HistoryEvent } from '../checker';
import type { Recording } from '../clients/recording';
import { type Quantiles, quantilesOf } from './quantiles';

/** A duration of a client. */
export interface ClientDuration {
  readonly client: string;
  /** Milliseconds. */
  readonly took: number;
}

/** The resumes of clients. */
export interface Resumes {
  readonly took: readonly ClientDuration[];
  /** Clients that lost their connection, and had not caught up at the end. */
  readonly never: readonly string[];
}

/**
 * The times from each loss of a connection until the next one has caught up in every channel of the client. A channel with the verdict
 * `pending` counts as caught up: the messages of the answering region are there, and those of other regions count in `pendingFor`.
 */
export function resumesOf(history: readonly HistoryEvent[], { verdicts }: Recording): Resumes {
  const channels = new Map<string, Set<string>>();
  const waiting = new Map<string, { readonly since: number; readonly left: Set<string> }>();
  const took: ClientDuration[] = [];
  const byTime = [
    ...history.flatMap((event) => {
      if (event.type === 'subscribed') return { ...event, client: event.subscriber };
      return event.type === 'offline'
        ? { t: event.t, client: event.subscriber, channel: undefined, type: event.type }
        : [];
    }),
    ...verdicts.map((verdict) => ({ ...verdict, type: 'verdict' as const })),
  ].sort((a, b) => a.t - b.t);
  for (const { t, client, channel, type } of byTime) {
    const known = channels.get(client) ?? new Set<string>();
    channels.set(client, known);
    if (type === 'subscribed') known.add(channel);
    const begun = waiting.get(client);
    if (type === 'offline') waiting.set(client, { since: begun?.since ?? t, left: new Set(known) });
    if (type !== 'verdict' || begun === undefined) continue;
    begun.left.delete(channel);
    if (begun.left.size > 0) continue;
    took.push({ client, took: t - begun.since });
    waiting.delete(client);
  }
  return { took, never: [...waiting.keys()] };
}

/**
 * How long the clients of a region were without service after its loss: from the loss, not from when they noticed it, until they
 * had an answer in every channel again.
 *
 * @returns quantiles in `in`, and the number of clients without an answer in `never`
 */
export function withoutService(
  recording: Recording,
  region: string,
  lostAt: number,
): { readonly in?: Quantiles; readonly never: number } {
  const last = new Map<string, string>();
  for (const { t, client, region: by } of recording.served) if (t <= lostAt) last.set(client, by);
  const own = [...last].flatMap(([client, by]) => (by === region ? client : []));
  // Counted as if all clients noticed the loss immediately.
  const noticed: HistoryEvent[] = own.map((subscriber) => ({ type: 'offline', t: lostAt, subscriber }));
  const subscribed = recording.history.filter(({ type }) => type === 'subscribed');
  const { took, never } = resumesOf([...subscribed, ...noticed], recording);
  const quantiles = quantilesOf(took.map((one) => one.took));
  return { in: quantiles, never: never.length };
}

/** The times from each `pending` to the next verdict that is not. */
export function pendingsOf({ verdicts }: Recording): readonly ClientDuration[] {
  const since = new Map<string, number>();
  const pendings: ClientDuration[] = [];
  for (const { t, client, channel, verdict } of verdicts) {
    const key = `${client} ${channel}`;
    const begun = since.get(key);
    if (verdict === 'pending') since.set(key, begun ?? t);
    else if (begun !== undefined) {
      pendings.push({ client, took: t - begun });
      since.delete(key);
    }
  }
  return pendings;
}
