// What a recording shows: in total, for each client, over time, and from region to region.
import type { Recording } from '../clients/recording';
import { check, type Delivered, type HistoryEvent, type Problem, type ProblemKind, type Stored } from '../checker';
import { groupBy } from './group';
import { type Quantiles, quantilesOf } from './quantiles';
import { perSecond, type Second } from './series';

export { type Quantiles, quantilesOf } from './quantiles';
export type { Second } from './series';

/** One client's part. */
export interface ClientMeasures {
  readonly client: string;
  readonly home: string;
  readonly published: number;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** From losing the connection to being caught up again, the longest. Milliseconds; 0 when it was never lost. */
  readonly resumedIn: number;
  /** Longest time that a channel was `pending`. Milliseconds. */
  readonly pendingFor: number;
  /** Regions that served it, in order. */
  readonly regions: readonly string[];
}

export interface Measures {
  readonly published: number;
  readonly acknowledged: number;
  /** Publishes that their client gave up on, by the name of the last error. They may be stored. */
  readonly failed: Readonly<Record<string, number>>;
  readonly delivered: number;
  /** Breaches of a promise, by kind. */
  readonly problems: Readonly<Record<ProblemKind, number>>;
  /** The first of them, to read. */
  readonly examples: readonly string[];
  /** Times that a client was told of messages that are gone. */
  readonly gaps: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly acknowledgedIn?: Quantiles;
  /** From losing a connection to being caught up by the next, in every channel. */
  readonly resumedIn?: Quantiles;
  /** Clients that lost their connection, and were not caught up in the end. */
  readonly neverResumed: number;
  /** How long channels were `pending`. */
  readonly pendingFor?: Quantiles;
  /** From storing to the application, by the region of origin and the region that served the subscriber. */
  readonly deliveredIn: readonly { readonly from: string; readonly to: string; readonly in: Quantiles }[];
  readonly seconds: readonly Second[];
  readonly clients: readonly ClientMeasures[];
}

/**
 * @param homes every client and where it lives
 * @param lateAfter see CheckOptions
 */
export function measure(recording: Recording, homes: ReadonlyMap<string, string>): Measures {
  const history = [...recording.history].sort(
    (a, b) => a.t - b.t || Number(b.type === 'stored') - Number(a.type === 'stored'),
  );
  const { problems, counts, delivered, acknowledged } = check(history, { clockTolerance: 1_000 });
  const resumes = resumesOf(history, recording);
  const pendings = pendingsOf(recording);
  const quantiles = {
    acknowledgedIn: quantilesOf(recording.publishes.flatMap(({ took }) => took ?? [])),
    resumedIn: quantilesOf(resumes.took.map(({ took }) => took)),
    pendingFor: quantilesOf(pendings.map(({ took }) => took)),
  };
  const latencies = latenciesOf(history, recording);
  return {
    published: recording.publishes.length,
    ...{ acknowledged, delivered, problems: counts },
    failed: countBy(recording.publishes.flatMap(({ error }) => error ?? [])),
    examples: problems.slice(0, 20).map(({ kind, message }) => `${kind}: ${message}`),
    gaps: history.filter(({ type }) => type === 'gap').length,
    verdicts: countBy(recording.verdicts.map(({ verdict }) => verdict)),
    ...quantiles,
    deliveredIn: byPair(latencies),
    seconds: perSecond(history, recording, latencies),
    neverResumed: resumes.never.length,
    clients: clientsOf(history, recording, homes, problems, resumes.took, pendings),
  };
}

/** A time that something took a client. */
interface Took {
  readonly client: string;
  readonly took: number;
}

/** How clients came back. */
interface Resumes {
  readonly took: readonly Took[];
  /** Clients that lost their connection, and were not caught up in the end. */
  readonly never: readonly string[];
}

/**
 * From each loss of a connection until the next one has caught up in every channel of the client. `pending` is caught up as far as
 * the region that answers goes: what is missing is on its way from another, and how long that takes is `pendingFor`.
 */
function resumesOf(history: readonly HistoryEvent[], { verdicts }: Recording): Resumes {
  const channels = new Map<string, Set<string>>();
  const waiting = new Map<string, { readonly since: number; readonly left: Set<string> }>();
  const took: Took[] = [];
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
 * How long clients of a region were without service when it was lost: from that moment, whenever they noticed, until they were
 * answered in every channel again. `never` are those who were not.
 */
export function withoutService(
  recording: Recording,
  region: string,
  lostAt: number,
): { readonly in?: Quantiles; readonly never: number } {
  const last = new Map<string, string>();
  for (const { t, client, region: by } of recording.served) if (t <= lostAt) last.set(client, by);
  const own = [...last].flatMap(([client, by]) => (by === region ? client : []));
  // As if they had all noticed at once.
  const noticed: HistoryEvent[] = own.map((subscriber) => ({ type: 'offline', t: lostAt, subscriber }));
  const subscribed = recording.history.filter(({ type }) => type === 'subscribed');
  const { took, never } = resumesOf([...subscribed, ...noticed], recording);
  const quantiles = quantilesOf(took.map((one) => one.took));
  return { ...(quantiles === undefined ? {} : { in: quantiles }), never: never.length };
}

/** From each `pending` to the next answer that is whole. */
function pendingsOf({ verdicts }: Recording): readonly Took[] {
  const since = new Map<string, number>();
  const pendings: Took[] = [];
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

/** How long a delivery took, and from where to where. */
export interface Latency {
  readonly t: number;
  readonly from: string;
  readonly to: string;
  readonly took: number;
}

function latenciesOf(history: readonly HistoryEvent[], { served }: Recording): readonly Latency[] {
  const places = new Map<string, number>();
  const placeOf = ({ channel, origin, epoch, seq }: Stored | Delivered): string =>
    `${channel}#${origin}#${epoch}#${seq}`;
  for (const event of history) if (event.type === 'stored') places.set(placeOf(event), event.t);
  const regions = new Map<string, { readonly t: number; readonly region: string }[]>();
  for (const { client, t, region } of served) regions.set(client, [...(regions.get(client) ?? []), { t, region }]);
  return history.flatMap((event) => {
    if (event.type !== 'delivered') return [];
    const stored = places.get(placeOf(event));
    const to = regions.get(event.subscriber)?.findLast(({ t }) => t <= event.t)?.region;
    return stored === undefined || to === undefined
      ? []
      : [{ t: event.t, from: event.origin, to, took: Math.max(0, event.t - stored) }];
  });
}

function byPair(latencies: readonly Latency[]): Measures['deliveredIn'] {
  const pairs = groupBy(latencies, ({ from, to }) => `${from} ${to}`);
  return [...pairs.keys()].sort().flatMap((pair) => {
    const quantiles = quantilesOf((pairs.get(pair) ?? []).map(({ took }) => took));
    const [from = '', to = ''] = pair.split(' ');
    return quantiles === undefined ? [] : [{ from, to, in: quantiles }];
  });
}

function clientsOf(
  history: readonly HistoryEvent[],
  { publishes, served }: Recording,
  homes: ReadonlyMap<string, string>,
  problems: readonly Problem[],
  resumes: readonly Took[],
  pendings: readonly Took[],
): readonly ClientMeasures[] {
  const delivered = countBy(history.flatMap((event) => (event.type === 'delivered' ? event.subscriber : [])));
  const published = countBy(publishes.map(({ client }) => client));
  const acknowledged = countBy(publishes.flatMap(({ client, took }) => (took === undefined ? [] : client)));
  // A problem's message begins with the subscriber whom it befell.
  const broken = countBy(problems.map(({ kind, message }) => `${kind} ${message.split(' ')[0] ?? ''}`));
  const longest = (times: readonly Took[], client: string): number =>
    Math.max(0, ...times.flatMap((one) => (one.client === client ? one.took : [])));
  return [...homes].map(([client, home]) => ({
    ...{ client, home },
    published: published[client] ?? 0,
    acknowledged: acknowledged[client] ?? 0,
    delivered: delivered[client] ?? 0,
    lost: broken[`lost ${client}`] ?? 0,
    duplicated: broken[`duplicate ${client}`] ?? 0,
    reordered: broken[`reorder ${client}`] ?? 0,
    resumedIn: longest(resumes, client),
    pendingFor: longest(pendings, client),
    regions: served.flatMap((one) => (one.client === client ? one.region : [])),
  }));
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
