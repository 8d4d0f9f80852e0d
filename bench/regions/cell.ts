// One network with one publisher, and a subscriber in each region with interest: the requests of a publish, and its delivery times.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Quantiles, quantilesOf } from '../../load/measures';
import { type CountedNetwork, type Counts, startCounted } from './network';

export interface Cell {
  readonly regions: number;
  /** Number of other regions with a subscriber. */
  readonly interest: number;
  /** Average number of requests per publish, in all regions together. */
  readonly perPublish: Counts;
  /** From the call of `publish` to the subscriber's listener, by region of the subscriber. Milliseconds. */
  readonly latencies: readonly { readonly from: string; readonly to: string; readonly in: Quantiles }[];
}

const CHANNEL = 'chat:bench';
/** Publishes that are not counted: after them, functions are warm, and regions know of each other's interest. */
const WARM_UP = 20;
/** Time after which clients no longer sync their new subscriptions (docs/decisions/0021). Milliseconds. */
const NEW_SUBSCRIPTION = 20_000;
/** Maximum time until all subscribers are live, since functions start cold. Milliseconds. */
const LIVE_TIMEOUT = 60_000;

export interface CellOptions {
  /** The publisher's region first. */
  readonly regions: readonly string[];
  /** Number of other regions with a subscriber; the publisher's region has one always. */
  readonly interest: number;
  /** Publishes that count. */
  readonly publishes: number;
  /** Pause between publishes. Milliseconds. */
  readonly gap: number;
}

/** Resolves once each region has a live subscriber; `onArrival` is called with the data and the time of each message. */
async function subscribeIn(
  network: CountedNetwork,
  regions: readonly string[],
  onArrival: (region: string, data: unknown, at: number) => void,
): Promise<void> {
  await Promise.all(
    regions.map((region) => {
      const channel = network.client(region, `listener-in-${region}`).channel(CHANNEL);
      channel.subscribe(({ data }) => {
        onArrival(region, data, performance.now());
      });
      return new Promise<void>((resolve, reject) => {
        channel.on('state', (state, error) => {
          if (state === 'live') resolve();
          // A client reports the errors that it cannot recover from.
          if (error !== undefined) reject(new Error(`${region} can't subscribe`, { cause: error }));
        });
        setTimeout(reject, LIVE_TIMEOUT, new Error(`${region} was not live after ${LIVE_TIMEOUT} ms`)).unref();
      });
    }),
  );
}

export async function measureCell({ regions, interest, publishes, gap }: CellOptions): Promise<Cell> {
  const network = await startCounted(regions);
  try {
    const [home = '', ...others] = regions;
    const listening = [home, ...others.slice(0, interest)];
    const arrivals = new Map(listening.map((region) => [region, new Map<unknown, number>()]));
    await subscribeIn(network, listening, (region, data, at) => arrivals.get(region)?.set(data, at));
    const publisher = network.client(home, 'publisher').channel(CHANNEL);
    const published = new Map<number, number>();
    for (let i = -WARM_UP; i < publishes; i++) {
      if (i === 0) {
        await sleep(NEW_SUBSCRIPTION);
        network.take();
      }
      published.set(i, performance.now());
      await publisher.publish(i);
      await sleep(gap);
    }
    await sleep(1_000);
    const counts = network.take();
    const perPublish = Object.fromEntries(Object.entries(counts).map(([what, count]) => [what, count / publishes]));
    const latencies = [...arrivals].flatMap(([to, seen]) => {
      const took = [...published].flatMap(([i, at]) => (i < 0 ? [] : (seen.get(i) ?? Number.NaN) - at));
      if (took.some(Number.isNaN)) throw new Error(`${to} did not receive every message`);
      const quantiles = quantilesOf(took);
      return quantiles === undefined ? [] : [{ from: home, to, in: quantiles }];
    });
    return { regions: regions.length, interest, perPublish, latencies };
  } finally {
    await network.stop();
  }
}
