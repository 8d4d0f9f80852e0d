// Clients join channels in one region while another publishes to them: when do the messages arrive that the answer to the subscribe
// did not cover, counted from their replication?
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '../../client/src';
import { decodeCursor } from '../../protocol';
import { type CountedNetwork, startCounted } from '../regions/network';

const HOME = 'eu-west-1';
const AWAY = 'us-east-1';
/** Messages of a channel, from so long before its join to so long after it at most, at random times. Milliseconds. */
const MESSAGES = 6;
const BEFORE = 1_500;
const AFTER = 4_500;
/** Time between joins. Milliseconds. */
const GAP = 500;
/** Time in which the last messages arrive, or count as missing. Milliseconds. */
const PATIENCE = 25_000;
/** Functions start cold. Milliseconds. */
const LIVE_TIMEOUT = 60_000;
/** Subscriptions of one connection. */
const MAX_RESIDENT = 50;

/** A message that the answered cursor does not cover. Times in milliseconds. */
export interface Uncovered {
  /** From its replication to its arrival: negative when the live path was faster; infinite when it never arrived. */
  readonly late: number;
  /** From the acknowledgement of its publish to its replication. */
  readonly lag: number;
}

export interface Joins {
  readonly joins: number;
  /** Messages that the answers or their cursors cover. */
  readonly covered: number;
  readonly uncovered: readonly Uncovered[];
  /** Time until a subscribe was answered. Milliseconds. */
  readonly answers: readonly number[];
  /** Invocations of functions in both regions. */
  readonly invocations: number;
}

/** What is known of one channel. Times by the sequence number of the message. */
interface Join {
  readonly channel: string;
  readonly acknowledgedAt: Map<number, number>;
  readonly replicatedAt: Map<number, number>;
  readonly arrivedAt: Map<number, number>;
  /** Position of the answered cursor. */
  from: number | undefined;
  answeredIn: number | undefined;
}

/** Every other channel has a subscriber in the region already: its interest is known, and the join is the second. */
export async function measureJoins(count: number): Promise<Joins> {
  const network = await startCounted([HOME, AWAY]);
  try {
    const joins = Array.from({ length: count }, (_, i): Join => {
      return {
        channel: `chat:room.${i}`,
        acknowledgedAt: new Map(),
        replicatedAt: new Map(),
        arrivedAt: new Map(),
        from: undefined,
        answeredIn: undefined,
      };
    });
    watchReplication(network, joins);
    await openResidents(
      network,
      joins.filter((_, i) => i % 2 === 1),
    );
    const publisher = network.client(HOME, 'publisher');
    network.take();
    const ended = await Promise.allSettled(
      joins.map(async (one, i) => {
        await sleep(i * GAP);
        await Promise.all([publishAround(publisher.channel(one.channel), one), join(network, one, i)]);
      }),
    );
    // Not before all have ended: the cloud does not stop while clients connect.
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return resultOf(joins, network.take().invocations ?? 0);
  } finally {
    await network.stop();
  }
}

function watchReplication(network: CountedNetwork, joins: readonly Join[]): void {
  const byLog = new Map(joins.map((one) => [`${one.channel}#${HOME}`, one]));
  network.onReplicated(AWAY, ({ pk, sk }) => {
    const seq = Number(sk.split('#')[1]);
    const one = byLog.get(pk);
    if (one !== undefined && !Number.isNaN(seq) && !one.replicatedAt.has(seq))
      one.replicatedAt.set(seq, performance.now());
  });
}

async function openResidents(network: CountedNetwork, joins: readonly Join[]): Promise<void> {
  for (let at = 0; at < joins.length; at += MAX_RESIDENT) {
    const client = network.client(AWAY, `resident-${at}`);
    await Promise.all(
      joins.slice(at, at + MAX_RESIDENT).map(async ({ channel }) => untilLive(client.channel(channel).subscribe())),
    );
  }
  // Their interest is replicated, and their own syncs end.
  await sleep(PATIENCE);
}

/**
 * Publishes at random times until the channel falls quiet, for one channel in five within 200 ms of the join: a later message would
 * leave a gap, which repairs what was missed.
 */
async function publishAround(channel: Channel, { acknowledgedAt }: Join): Promise<void> {
  const start = performance.now();
  const duration = BEFORE + AFTER * Math.random() ** 2;
  const times = Array.from({ length: MESSAGES }, () => Math.random() * duration).sort((a, b) => a - b);
  for (const time of times) {
    await sleep(Math.max(0, start + time - performance.now()));
    // One that is not acknowledged in time, because the machine is busy, is not measured.
    const ack = await channel.publish(time).catch(() => undefined);
    if (ack?.seq !== undefined) acknowledgedAt.set(ack.seq, performance.now());
  }
}

async function join(network: CountedNetwork, one: Join, i: number): Promise<void> {
  const client = network.client(AWAY, `joiner-${i}`);
  client.connect();
  // Its connection is open by then.
  await sleep(BEFORE);
  const channel = client.channel(one.channel);
  const live = untilLive(channel);
  const asked = performance.now();
  channel.subscribe(({ seq }) => one.arrivedAt.set(seq, performance.now()));
  await live;
  one.answeredIn = performance.now() - asked;
  one.from = decodeCursor(channel.cursor ?? '1')[HOME]?.seq ?? 0;
  await sleep(AFTER + PATIENCE);
  client.close();
}

function untilLive(channel: Channel): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.on('state', (state, error) => {
      if (state === 'live') resolve();
      if (error !== undefined) reject(new Error(`${channel.name} can't be subscribed to`, { cause: error }));
    });
    setTimeout(reject, LIVE_TIMEOUT, new Error(`${channel.name} was not live after ${LIVE_TIMEOUT} ms`)).unref();
  });
}

function resultOf(joins: readonly Join[], invocations: number): Joins {
  let covered = 0;
  const uncovered = joins.flatMap(({ acknowledgedAt, replicatedAt, arrivedAt, from = 0 }) =>
    [...acknowledgedAt].flatMap(([seq, acknowledged]): Uncovered[] => {
      if (seq <= from) {
        covered += 1;
        return [];
      }
      const replicated = replicatedAt.get(seq);
      if (replicated === undefined) throw new Error(`a message was not replicated within ${PATIENCE} ms`);
      return [{ late: (arrivedAt.get(seq) ?? Number.POSITIVE_INFINITY) - replicated, lag: replicated - acknowledged }];
    }),
  );
  return {
    joins: joins.length,
    covered,
    uncovered,
    answers: joins.flatMap(({ answeredIn }) => answeredIn ?? []),
    invocations,
  };
}
