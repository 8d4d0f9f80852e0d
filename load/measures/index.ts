// The measures of a recording: in total, for each client, over time, and from region to region.
import { check, type HistoryEvent, type Problem, type ProblemKind } from '../checker';
import type { Recording } from '../clients/recording';
import { byPair, latenciesOf, type PairLatency } from './latencies';
import { type Quantiles, quantilesOf } from './quantiles';
import { type ClientDuration, pendingsOf, resumesOf } from './resumes';
import { perSecond, type Second } from './series';

export { type Quantiles, quantilesOf } from './quantiles';
export { withoutService } from './resumes';
export type { Second } from './series';

/** The measures of one client. */
export interface ClientMeasures {
  readonly client: string;
  readonly home: string;
  readonly published: number;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Longest time from the loss of the connection until it has caught up again. Milliseconds; 0 without a loss. */
  readonly resumedIn: number;
  /** Longest time that a channel was `pending`. Milliseconds. */
  readonly pendingFor: number;
  /** Regions that served it, in order. */
  readonly regions: readonly string[];
}

export interface Measures {
  readonly published: number;
  readonly acknowledged: number;
  /** Publishes that failed after all retries, by the name of the last error. They may be stored. */
  readonly failed: Readonly<Record<string, number>>;
  readonly delivered: number;
  /** Breaches of a promise, by kind. */
  readonly problems: Readonly<Record<ProblemKind, number>>;
  /** The first problems, as text. */
  readonly examples: readonly string[];
  /** Number of `gap` events. */
  readonly gaps: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly acknowledgedIn?: Quantiles;
  /** From the loss of a connection until the next one has caught up in every channel. */
  readonly resumedIn?: Quantiles;
  /** Number of clients that lost their connection, and had not caught up at the end. */
  readonly neverResumed: number;
  /** How long channels were `pending`. */
  readonly pendingFor?: Quantiles;
  /** From storing to the application, by the region of origin and the region that served the subscriber. */
  readonly deliveredIn: readonly PairLatency[];
  readonly seconds: readonly Second[];
  readonly clients: readonly ClientMeasures[];
}

/**
 * Measures a recording.
 *
 * @param homes the nearest region of every client
 */
export function measure(recording: Recording, homes: ReadonlyMap<string, string>): Measures {
  const history = [...recording.history].sort(
    (a, b) => a.t - b.t || Number(b.type === 'stored') - Number(a.type === 'stored'),
  );
  const { problems, counts, delivered, acknowledged } = check(history, { clockTolerance: 1_000 });
  const resumes = resumesOf(history, recording);
  const pendings = pendingsOf(recording);
  const latencies = latenciesOf(history, recording);
  return {
    published: recording.publishes.length,
    acknowledged,
    failed: countBy(recording.publishes.flatMap(({ error }) => error ?? [])),
    delivered,
    problems: counts,
    examples: problems.slice(0, 20).map(({ kind, message }) => `${kind}: ${message}`),
    gaps: history.filter(({ type }) => type === 'gap').length,
    verdicts: countBy(recording.verdicts.map(({ verdict }) => verdict)),
    acknowledgedIn: quantilesOf(recording.publishes.flatMap(({ took }) => took ?? [])),
    resumedIn: quantilesOf(resumes.took.map(({ took }) => took)),
    neverResumed: resumes.never.length,
    pendingFor: quantilesOf(pendings.map(({ took }) => took)),
    deliveredIn: byPair(latencies),
    seconds: perSecond(history, recording, latencies),
    clients: clientsOf({ history, recording, homes, problems, resumes: resumes.took, pendings }),
  };
}

/** What the measures of clients are counted from. */
interface ClientSources {
  readonly history: readonly HistoryEvent[];
  readonly recording: Recording;
  readonly homes: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
  readonly resumes: readonly ClientDuration[];
  readonly pendings: readonly ClientDuration[];
}

function clientsOf({
  history,
  recording,
  homes,
  problems,
  resumes,
  pendings,
}: ClientSources): readonly ClientMeasures[] {
  const { publishes, served } = recording;
  const delivered = countBy(history.flatMap((event) => (event.type === 'delivered' ? event.subscriber : [])));
  const published = countBy(publishes.map(({ client }) => client));
  const acknowledged = countBy(publishes.flatMap(({ client, took }) => (took === undefined ? [] : client)));
  // A problem's message begins with the subscriber.
  const breaches = countBy(problems.map(({ kind, message }) => `${kind} ${message.split(' ')[0] ?? ''}`));
  const longest = (times: readonly ClientDuration[], client: string): number =>
    Math.max(0, ...times.flatMap((one) => (one.client === client ? one.took : [])));
  return [...homes].map(([client, home]) => ({
    client,
    home,
    published: published[client] ?? 0,
    acknowledged: acknowledged[client] ?? 0,
    delivered: delivered[client] ?? 0,
    lost: breaches[`lost ${client}`] ?? 0,
    duplicated: breaches[`duplicate ${client}`] ?? 0,
    reordered: breaches[`reorder ${client}`] ?? 0,
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
