// What a publish uses, by how many subscribers there are, spread evenly over so many regions.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Audience } from '../rig/audience';
import { type Seat, textOf } from '../rig/recorder';
import { type Bill, billOf, medianBill } from './bill';
import { MeteredNetwork } from './network';

const CHANNEL = 'chat:bench';
/** Publishes before one counts: functions are warm by then, and know the end of the log. */
const WARM_UP = 3;
/** Who is interested elsewhere is remembered for two seconds: every publish looks again, as in a channel that is no busy one. Milliseconds. */
const GAP = 2_100;
/** Connections that are being made at once: more would only start more instances of functions. */
const AT_ONCE = 6;
/** After so long without a frame, one is lost. Milliseconds. */
const PATIENCE = 20_000;
/** So often a publish is tried that counts: with other work on this machine, some may be late, and then it is another bill. */
const ATTEMPTS = 3;
/** Longer than a queue waits for a worker that has got a job. Milliseconds. */
const VISIBILITY = 25_000;
/** Subscribers have the seats from 1 on. */
const PUBLISHER: Seat = 0;

export interface PublishCell {
  readonly regions: number;
  readonly subscribers: number;
  readonly bill: Bill;
  /** Publishes that did not reach everybody, and do not count. */
  readonly discarded: number;
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
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-audience-'));
  const audience = Audience.start(folder);
  try {
    const [home = ''] = regions;
    await audience.seat({
      dial: { ...(await network.door(home, 'publisher')), joins: [] },
      seats: [PUBLISHER],
      atOnce: 1,
    });
    let message = 0;
    let discarded = 0;
    /** Returns how many got no message. */
    const publish = async (seats: readonly Seat[]): Promise<number> => {
      message += 1;
      const data = textOf(message, bytes);
      const frame = JSON.stringify({
        action: 'publish',
        id: message,
        channel: CHANNEL,
        messages: [{ id: randomUUID(), data }],
      });
      const publications = [{ message, frame }];
      const { lost } = await audience.round({
        publishers: [PUBLISHER],
        publications,
        seats,
        between: 0,
        patience: PATIENCE,
      });
      return lost;
    };
    /** The bill of one that reached everybody. */
    const billed = async (seats: readonly Seat[]): Promise<Bill> => {
      for (let attempt = 1; ; attempt++) {
        await sleep(GAP);
        let lost = 0;
        const used = await network.using(async () => {
          lost = await publish(seats);
        });
        if (lost === 0) return billOf(used);
        const told = `${lost} of ${seats.length} subscribers got no message`;
        if (attempt === ATTEMPTS) throw new Error(told);
        say(`${told}: it does not count`);
        discarded += 1;
        // What a queue gives to another worker is not the next one's bill.
        await sleep(VISIBILITY);
      }
    };
    const cells: PublishCell[] = [];
    let seated = 0;
    for (const wanted of [...subscribers].sort((a, b) => a - b)) {
      network.healLatencies();
      for (const [i, region] of regions.entries()) {
        const dial = {
          ...(await network.door(region, 'subscriber')),
          joins: [[JSON.stringify({ action: 'subscribe', id: 1, channel: CHANNEL })]],
          joined: '"ok"',
        };
        const seats = seatsUpTo(wanted).filter((seat) => seat > seated && (seat - 1) % regions.length === i);
        await audience.seat({ dial, seats, atOnce: AT_ONCE });
      }
      seated = wanted;
      network.emulateLatencies();
      // What others remember of who is interested ends.
      await sleep(GAP);
      for (let i = 0; i < WARM_UP; i++) await publish(seatsUpTo(wanted));
      discarded = 0;
      const bills: Bill[] = [];
      for (let i = 0; i < publishes; i++) bills.push(await billed(seatsUpTo(wanted)));
      cells.push({ regions: regions.length, subscribers: wanted, bill: medianBill(bills), discarded });
      say(`${regions.length} regions, ${wanted} subscribers: counted`);
    }
    return cells;
  } finally {
    audience.stop();
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function seatsUpTo(count: number): readonly Seat[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
