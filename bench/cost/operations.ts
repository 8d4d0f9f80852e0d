// The usage of single operations, one at a time, with warm functions.
import WebSocket from 'ws';
import { DELETE_GRACE } from '../../lambda/core/log/epochs';
import type { Usage } from '../../local';
import { type Bill, billOf, medianBill } from './bill';
import { idleHour } from './idle';
import { MeteredNetwork, RETENTION } from './network';

export interface Operation {
  readonly name: string;
  readonly regions: number;
  readonly bill: Bill;
}

export interface OperationCounts {
  readonly operations: readonly Operation[];
  /** The usage of a message's expiry. */
  readonly expiry: Bill;
}

const CHANNEL = 'chat:bench';
/** Messages that a disconnected client misses. */
export const MISSED = 10;
const WARM_UP = 2;
const MINUTE = 60_000;

/** @param runs runs of each operation, whose median counts */
export async function measureOperations(
  regions: readonly string[],
  { runs, bytes }: { readonly runs: number; readonly bytes: number },
): Promise<OperationCounts> {
  const network = await MeteredNetwork.start(regions, 'of AWS');
  try {
    network.emulateLatencies();
    const operations: Operation[] = [];
    const add = (name: string, usages: readonly (readonly Usage[])[]): void => {
      operations.push({ name, regions: regions.length, bill: medianBill(usages.map(billOf)) });
    };
    const visits = await visit(network, runs, bytes);
    for (const [name, usages] of visits.usages) add(name, usages);
    // Before the idle hours, in which all messages would expire.
    const expiry = await expire(network, visits.published);
    const visible = await idleHour(network, true);
    add('idle hour of a visible client', [visible.client]);
    add('idle hour of a hidden client', [(await idleHour(network, false)).client]);
    if (visible.pollers.length > 0) add('hour of the network’s pollers', [visible.pollers]);
    return { operations, expiry };
  } finally {
    await network.stop();
  }
}

/** Repeats a visit: connects, joins, misses messages, resumes, and disconnects. */
async function visit(
  network: MeteredNetwork,
  runs: number,
  bytes: number,
): Promise<{ readonly usages: ReadonlyMap<string, readonly (readonly Usage[])[]>; readonly published: Published }> {
  const [home = ''] = network.regions;
  const usages = new Map<string, (readonly Usage[])[]>();
  const client = network.client(home, 'publisher');
  const publisher = client.channel(CHANNEL);
  const listener = await visitorOf(network, home);
  const published = { count: 0, tables: new Set<string>() };
  const publish = async (): Promise<void> => {
    for (let i = 0; i < MISSED; i++) await publisher.publish('x'.repeat(bytes - 2));
    published.count += MISSED;
  };
  // The channel has a subscriber, so that a visitor is not its first.
  await listener.ask({ action: 'subscribe', channel: CHANNEL });
  for (let run = -WARM_UP; run < runs; run++) {
    const using = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      let result: T | undefined;
      const usage = await network.using(async () => {
        result = await work();
      });
      if (run >= 0) usages.set(name, [...(usages.get(name) ?? []), usage]);
      return result as T;
    };
    const visitor = await using('connect', () => visitorOf(network, home));
    const { cursor } = await using('join', () => visitor.ask({ action: 'subscribe', channel: CHANNEL }));
    await using('join, the first of its channel', () =>
      visitor.ask({ action: 'subscribe', channel: `chat:new.${run + WARM_UP}` }),
    );
    await visitor.ask({ action: 'unsubscribe', channel: CHANNEL });
    await publish();
    const resumed = await using('resume', () => visitor.ask({ action: 'subscribe', channel: CHANNEL, cursor }));
    if (resumed.messages?.length !== MISSED) throw new Error('a resume did not return the missed messages');
    await using('disconnect', () => visitor.leave());
  }
  for (const { resource } of (await network.using(publish)).filter(({ operation }) => operation === 'PutItem'))
    published.tables.add(resource);
  await listener.leave();
  client.close();
  return { usages, published };
}

/** The number of published messages, and the tables that hold them. */
interface Published {
  readonly count: number;
  readonly tables: ReadonlySet<string>;
}

/**
 * Lets all messages expire, and TTL delete them in the publisher's region first. Returns the usage per message of the replicated
 * deletions. No client is connected at that time.
 */
async function expire(network: MeteredNetwork, { count, tables }: Published): Promise<Bill> {
  const [first] = network.cloud.regions;
  for (const { services } of network.cloud.regions) services.dynamodb.timeToLive.stop();
  const usage = await network.using(async () => {
    network.clock.move(RETENTION.toMilliseconds() + DELETE_GRACE + MINUTE);
    await first?.services.dynamodb.timeToLive.sweep();
  });
  const ofMessages = usage.filter(
    ({ resource, operation }) =>
      (operation.startsWith('DeleteItem') && tables.has(resource)) ||
      [...tables].some((table) => operation.endsWith(`replication of ${table}`)),
  );
  return billOf(ofMessages.map((used) => ({ ...used, amount: used.amount / count })));
}

interface Visitor {
  ask(request: object): Promise<{ readonly cursor?: string; readonly messages?: readonly unknown[] }>;
  leave(): Promise<void>;
}

async function visitorOf(network: MeteredNetwork, region: string): Promise<Visitor> {
  const { url, protocols } = await network.connectOptions(region, 'visitor');
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  let id = 0;
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        id += 1;
        const asked = id;
        const answer = (data: Buffer): void => {
          const reply = JSON.parse(data.toString()) as { id?: number; ok?: object; error?: object };
          if (reply.id !== asked) return;
          socket.off('message', answer);
          if (reply.ok === undefined) reject(new Error(data.toString()));
          else resolve(reply.ok);
        };
        socket.on('message', answer);
        socket.send(JSON.stringify({ ...request, id: asked }));
      }),
    leave: async () => {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.close();
      await closed;
    },
  };
}
