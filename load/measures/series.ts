import type { Recording } from '../clients/recording';
import type { HistoryEvent } from '../checker';
import { groupBy } from './group';
import type { Latency } from './latencies';
import { quantilesOf } from './quantiles';

/** Counts of one second of a run. */
export interface Second {
  /** Seconds since the run began. */
  readonly at: number;
  readonly acknowledged: number;
  readonly delivered: number;
  /** Delivery times of the messages delivered in it. Milliseconds; absent when there were none. */
  readonly p50?: number;
  readonly p99?: number;
  /** Clients by the region that serves them. */
  readonly connected: Readonly<Record<string, number>>;
}

/** The run, second by second. */
export function perSecond(
  history: readonly HistoryEvent[],
  { served }: Recording,
  latencies: readonly Latency[],
): readonly Second[] {
  const start = history[0]?.t ?? 0;
  const secondOf = ({ t }: { readonly t: number }): number => Math.floor((t - start) / 1_000);
  const end = Math.max(0, ...history.slice(-1).map(secondOf));
  const events = groupBy(history, secondOf);
  const taken = groupBy(latencies, secondOf);
  const moves = groupBy(served, secondOf);
  const regionOf = new Map<string, string>();
  const online = new Set<string>();
  return Array.from({ length: end + 1 }, (_, at) => {
    for (const { client, region } of moves.get(at) ?? []) regionOf.set(client, region);
    const count = (type: HistoryEvent['type']): number =>
      (events.get(at) ?? []).filter((event) => event.type === type).length;
    for (const event of events.get(at) ?? []) {
      if (event.type === 'online') online.add(event.subscriber);
      if (event.type === 'offline') online.delete(event.subscriber);
    }
    const connected: Record<string, number> = {};
    for (const client of online) {
      const region = regionOf.get(client);
      if (region !== undefined) connected[region] = (connected[region] ?? 0) + 1;
    }
    const quantiles = quantilesOf((taken.get(at) ?? []).map(({ took }) => took));
    return {
      at,
      acknowledged: count('publish-acknowledged'),
      delivered: count('delivered'),
      p50: quantiles?.p50,
      p99: quantiles?.p99,
      connected,
    };
  });
}
