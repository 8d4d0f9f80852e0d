// How long deliveries took, from region to region.
import type { Delivered, HistoryEvent, Stored } from '../checker';
import type { Recording } from '../clients/recording';
import { groupBy } from './group';
import { type Quantiles, quantilesOf } from './quantiles';

/** The time of a delivery. */
export interface Latency {
  /** When the message was delivered. Milliseconds since 1970. */
  readonly t: number;
  /** Region of origin. */
  readonly from: string;
  /** Region that served the subscriber. */
  readonly to: string;
  /** Milliseconds. */
  readonly took: number;
}

/** The delivery times from one region to another. */
export interface PairLatency {
  readonly from: string;
  readonly to: string;
  readonly in: Quantiles;
}

/** The time of each delivery from storing to the application. */
export function latenciesOf(history: readonly HistoryEvent[], { served }: Recording): readonly Latency[] {
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

/** Quantiles by the regions of origin and of delivery. */
export function byPair(latencies: readonly Latency[]): readonly PairLatency[] {
  const pairs = groupBy(latencies, ({ from, to }) => `${from} ${to}`);
  return [...pairs.keys()].sort().flatMap((pair) => {
    const quantiles = quantilesOf((pairs.get(pair) ?? []).map(({ took }) => took));
    const [from = '', to = ''] = pair.split(' ');
    return quantiles === undefined ? [] : [{ from, to, in: quantiles }];
  });
}
