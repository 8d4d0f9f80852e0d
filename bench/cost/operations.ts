// What single operations use, one at a time, with warm functions.
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
  /** What becomes due for a message once it has expired. */
  readonly expiry: Bill;
}

const CHANNEL = 'chat:bench';
/** Messages that a dropout misses. */
export const MISSED = 10;
const WARM_UP = 2;
const MINUTE = 60_000;

/** @param runs of each operation; what is in the middle counts */
export async function measureOperations(
  regions: readonly string[],
  { runs, bytes }: { readonly runs: number; readonly bytes: number },
): Promise<OperationCounts> {
  const network = await MeteredNetwork.start(regions, 'of AWS');
  try {
    network.emulateLatencies();
    const operations: Operation[] = [];
    const note = (name: string, usages: readonly (readonly Usage[])[]): void => {
      operations.push({ name, regions: regions.length, bill: medianBill(usages.map(billOf)) });
    };
    const visits = await visit(network, runs, bytes);
    for (const [name, usages] of visits.usages) note(name, usages);
    // Before the hours that pass: by then all would have expired.
    const expiry = await expire(network, visits.published);
    const looked = await idleHour(network, true);
    note('idle hour of a client', [looked.client]);
    note('idle hour of one that nobody looks at', [(await idleHour(network, false)).client]);
    if (looked.pollers.length > 0) note('hour of the network’s pollers', [looked.pollers]);
    return { operations, expiry };
  } finally {
    await network.stop();
  }
}

/** Connects, joins, drops out and resumes, and leaves, again and again. */
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
  // Somebody is there already: so that who joins is one more.
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
    if (resumed.messages?.length !== MISSED) throw new Error('a resume did not bring what was missed');
    await using('disconnect', () => visitor.leave());
  }
  for (const { resource } of (await network.using(publish)).filter(({ operation }) => operation === 'PutItem'))
    published.tables.add(resource);
  await listener.leave();
  client.close();
  return { usages, published };
}

/** Messages that were published, and the tables that they are in. */
interface Published {
  readonly count: number;
  readonly tables: ReadonlySet<string>;
}

/**
 * Lets all messages expire, and TTL find them in the publisher's region first: what the others are told of it, for each message.
 * Nobody is connected any more.
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
  const { url, protocols } = await network.door(region, 'visitor');
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
