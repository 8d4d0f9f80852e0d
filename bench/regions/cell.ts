// One network, one publisher, and a subscriber in each region with interest: what a publish costs, and when it arrives where.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Quantiles, quantilesOf } from '../../load/measures';
import { type Counts, startCounted } from './network';

export interface Cell {
  readonly regions: number;
  /** Other regions with a subscriber. */
  readonly interest: number;
  /** Requests for one publish, on average, of all regions. */
  readonly perPublish: Counts;
  /** From the call of `publish` to the subscriber's listener, by the subscriber's region. Milliseconds. */
  readonly latencies: readonly { readonly from: string; readonly to: string; readonly in: Quantiles }[];
}

const CHANNEL = 'chat:bench';
/** Publishes before anything counts: functions are warm by then, and everybody knows who is interested. */
const WARM_UP = 20;
/** Functions start, a core at a time. Milliseconds. */
const LIVE_WITHIN = 60_000;

/**
 * @param interest how many of the other regions have a subscriber, besides the publisher's own
 * @param gap milliseconds between publishes
 */
export async function measureCell(
  regions: readonly string[],
  interest: number,
  publishes: number,
  gap: number,
): Promise<Cell> {
  const network = await startCounted(regions);
  try {
    const [home = '', ...others] = regions;
    const arrivals = new Map<string, Map<unknown, number>>();
    const live = [home, ...others.slice(0, interest)].map((region) => {
      const seen = new Map<unknown, number>();
      arrivals.set(region, seen);
      const channel = network.client(region, `listener-in-${region}`).channel(CHANNEL);
      channel.subscribe(({ data }) => seen.set(data, performance.now()));
      return new Promise<void>((resolve, reject) => {
        channel.on('state', (state, error) => {
          if (state === 'live') resolve();
          // Of what it can't mend by itself, a client tells the reason.
          if (error !== undefined) reject(new Error(`${region} can't listen`, { cause: error }));
        });
        setTimeout(reject, LIVE_WITHIN, new Error(`${region} was not live in ${LIVE_WITHIN} ms`)).unref();
      });
    });
    await Promise.all(live);
    const publisher = network.client(home, 'publisher').channel(CHANNEL);
    const published = new Map<number, number>();
    for (let i = -WARM_UP; i < publishes; i++) {
      if (i === 0) {
        await sleep(1_000);
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
      if (took.some(Number.isNaN)) throw new Error(`${to} did not get every message`);
      const quantiles = quantilesOf(took);
      return quantiles === undefined ? [] : [{ from: home, to, in: quantiles }];
    });
    return { regions: regions.length, interest, perPublish, latencies };
  } finally {
    await network.stop();
  }
}
