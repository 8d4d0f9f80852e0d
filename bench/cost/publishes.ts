// The usage of a publish, by the number of subscribers, which are spread evenly over the regions.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Audience } from '../rig/audience';
import { type Seat, textOf } from '../rig/recorder';
import { printProgress } from '../support/command';
import { type Bill, billOf, medianBill } from './bill';
import { MeteredNetwork } from './network';

const CHANNEL = 'chat:bench';
/** Publishes that are not counted: after them, functions are warm, and know the log's tail. */
const WARM_UP = 3;
/** Functions cache the interest of other regions for two seconds. With this pause every publish reads it, as in a channel that is not busy. Milliseconds. */
const GAP = 2_100;
/** Connections that are opened concurrently. More would start more function instances. */
const AT_ONCE = 6;
/** Time without a frame after which missing messages are lost. Milliseconds. */
const LOST_AFTER = 20_000;
/** Attempts of a publish that counts. A busy machine may deliver some messages late, which changes the bill. */
const ATTEMPTS = 3;
/** Longer than the visibility timeout of the workers' queue. Milliseconds. */
const VISIBILITY = 25_000;
/** Subscribers have the seats from 1 on. */
const PUBLISHER: Seat = 0;

export interface PublishCell {
  readonly regions: number;
  readonly subscribers: number;
  readonly bill: Bill;
  /** Publishes that did not reach all subscribers, and do not count. */
  readonly discarded: number;
}

export interface PublishOptions {
  /** Numbers of subscribers, which are measured in ascending order. */
  readonly subscribers: readonly number[];
  readonly publishes: number;
  /** Size of a message. */
  readonly bytes: number;
}

export async function measurePublishes(
  regions: readonly string[],
  { subscribers, publishes, bytes }: PublishOptions,
): Promise<readonly PublishCell[]> {
  const network = await MeteredNetwork.start(regions, 'none');
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-audience-'));
  const audience = Audience.start(folder);
  try {
    const [home = ''] = regions;
    await audience.seat({
      dial: { ...(await network.connectOptions(home, 'publisher')), joins: [] },
      seats: [PUBLISHER],
      atOnce: 1,
    });
    const publisher = new BilledPublisher(network, audience, bytes);
    const cells: PublishCell[] = [];
    let seated = 0;
    for (const count of [...subscribers].sort((a, b) => a - b)) {
      network.healLatencies();
      await connectSubscribers({ network, audience, from: seated + 1, to: count });
      seated = count;
      network.emulateLatencies();
      // After this pause, functions have no cached interest.
      await sleep(GAP);
      for (let i = 0; i < WARM_UP; i++) await publisher.publish(seatsUpTo(count));
      publisher.discarded = 0;
      const bills: Bill[] = [];
      for (let i = 0; i < publishes; i++) bills.push(await publisher.bill(seatsUpTo(count)));
      const { discarded } = publisher;
      cells.push({ regions: regions.length, subscribers: count, bill: medianBill(bills), discarded });
      printProgress(`${regions.length} regions, ${count} subscribers: counted`);
    }
    return cells;
  } finally {
    audience.stop();
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Publishes messages, and meters what one that reaches all subscribers uses. */
class BilledPublisher {
  /** Publishes that did not reach all subscribers. */
  public discarded = 0;
  private messages = 0;

  public constructor(
    private readonly network: MeteredNetwork,
    private readonly audience: Audience,
    private readonly bytes: number,
  ) {}

  /** Returns the number of seats that did not receive the message. */
  public async publish(seats: readonly Seat[]): Promise<number> {
    this.messages += 1;
    const message = this.messages;
    const frame = JSON.stringify({
      action: 'publish',
      id: message,
      channel: CHANNEL,
      messages: [{ id: randomUUID(), data: textOf(message, this.bytes) }],
    });
    const { lost } = await this.audience.round({
      publishers: [PUBLISHER],
      publications: [{ message, frame }],
      seats,
      between: 0,
      lostAfter: LOST_AFTER,
    });
    return lost;
  }

  /** The bill of a publish that reaches all seats. */
  public async bill(seats: readonly Seat[]): Promise<Bill> {
    for (let attempt = 1; ; attempt++) {
      await sleep(GAP);
      let lost = 0;
      const used = await this.network.using(async () => {
        lost = await this.publish(seats);
      });
      if (lost === 0) return billOf(used);
      const problem = `${lost} of ${seats.length} subscribers did not receive the message`;
      if (attempt === ATTEMPTS) throw new Error(problem);
      printProgress(`${problem}: it does not count`);
      this.discarded += 1;
      // Jobs that the queue redelivers must not be in the bill of the next publish.
      await sleep(VISIBILITY);
    }
  }
}

interface Subscribing {
  readonly network: MeteredNetwork;
  readonly audience: Audience;
  /** The first and the last seat to connect. */
  readonly from: Seat;
  readonly to: Seat;
}

/** Connects subscribers, spread evenly over the regions. */
async function connectSubscribers({ network, audience, from, to }: Subscribing): Promise<void> {
  const { regions } = network;
  for (const [i, region] of regions.entries()) {
    const dial = {
      ...(await network.connectOptions(region, 'subscriber')),
      joins: [[JSON.stringify({ action: 'subscribe', id: 1, channel: CHANNEL })]],
      joined: '"ok"',
    };
    const seats = seatsUpTo(to).filter((seat) => seat >= from && (seat - 1) % regions.length === i);
    await audience.seat({ dial, seats, atOnce: AT_ONCE });
  }
}

function seatsUpTo(count: number): readonly Seat[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
