// What a publish uses, by how many subscribers there are, spread evenly over so many regions.
import { setTimeout as sleep } from 'node:timers/promises';
import { Audience } from './audience';
import { type Bill, billOf, medianBill } from './bill';
import { MeteredNetwork } from './network';

const CHANNEL = 'chat:bench';
/** Publishes before one counts: functions are warm by then, and know the end of the log. */
const WARM_UP = 3;
/** Who is interested elsewhere is remembered for two seconds: every publish looks again, as in a channel that is no busy one. Milliseconds. */
const GAP = 2_100;
/** Connections that are being made at once: more would only start more instances of functions. */
const AT_ONCE = 6;
const WITHIN = 60_000;

export interface PublishCell {
  readonly regions: number;
  readonly subscribers: number;
  readonly bill: Bill;
}

export interface PublishOptions {
  /** Each of them is measured, from the smallest on. */
  readonly subscribers: readonly number[];
  readonly publishes: number;
  /** Of a message. */
  readonly bytes: number;
  readonly say: (text: string) => void;
}

export async function measurePublishes(
  regions: readonly string[],
  { subscribers, publishes, bytes, say }: PublishOptions,
): Promise<readonly PublishCell[]> {
  const network = await MeteredNetwork.start(regions, 'none');
  const audience = new Audience();
  try {
    const [home = ''] = regions;
    const publisher = network.client(home, 'publisher').channel(CHANNEL);
    const data = 'x'.repeat(bytes - 2);
    const publish = async (wanted: number): Promise<void> => {
      const [came] = await Promise.all([
        audience.order({ do: 'expect', frames: wanted, within: WITHIN }),
        publisher.publish(data, { timeout: WITHIN }),
      ]);
      if (came !== wanted) throw new Error(`${came} of ${wanted} subscribers got a message`);
    };
    const cells: PublishCell[] = [];
    let seated = 0;
    for (const wanted of [...subscribers].sort((a, b) => a - b)) {
      for (const [i, region] of regions.entries()) {
        const share = (all: number): number => Math.floor((all + regions.length - 1 - i) / regions.length);
        const count = share(wanted) - share(seated);
        const door = await network.door(region, 'subscriber');
        const frame = JSON.stringify({ action: 'subscribe', id: 1, channel: CHANNEL });
        await audience.order({ do: 'join', ...door, frame, count, atOnce: AT_ONCE });
      }
      seated = wanted;
      // What others remember of who is interested ends.
      await sleep(GAP);
      for (let i = 0; i < WARM_UP; i++) await publish(wanted);
      const bills: Bill[] = [];
      for (let i = 0; i < publishes; i++) {
        await sleep(GAP);
        bills.push(billOf(await network.using(() => publish(wanted))));
      }
      cells.push({ regions: regions.length, subscribers: wanted, bill: medianBill(bills) });
      say(`${regions.length} regions, ${wanted} subscribers: counted`);
    }
    return cells;
  } finally {
    audience.stop();
    await network.stop();
  }
}
