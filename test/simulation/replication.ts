// Global tables: each region's writes replicate to the others, with delays and out of order. The last write of an item wins.
import { DELETE_GRACE } from '../../lambda/core/log/epochs';
import type { EntryMessage } from '../../lambda/core/log/log-store';
import { type Cursor, isAfter } from '../../protocol';
import type { SimRegion } from './region';
import type { Item } from './item';
import type { SimTable } from './table';
import type { WorldServices } from './world-services';

/** Longest pause of replication. Milliseconds. */
const MAX_PAUSE = 120_000;

type Key = { readonly pk: string; readonly sk: string };

/** A write to replicate; a delete if the item is undefined. */
interface Change {
  readonly item: Item | undefined;
  readonly key: Key;
}

interface Route {
  readonly from: SimRegion;
  readonly to: SimRegion;
  readonly table: SimTable;
  /** Whether items arrive in order and without a delay fault. */
  readonly isFaultFree: boolean;
  /** By item: the number of its last applied write. */
  readonly applied: Map<string, number>;
  /** Items in transit: sort keys by partition. */
  readonly inTransit: Map<string, Set<string>>;
  lastArrival: number;
  pausedUntil: number;
  writes: number;
}

/** The state of replication between regions. */
export interface Replication {
  /** Whether messages that a cursor covers have not arrived, and whether replication from a region of the cursor is paused. */
  stateOf(channel: string, cursor: Cursor, to: string): { readonly isBehind: boolean; readonly isPaused: boolean };
}

/** Replicates the regions' global tables, and records what each origin stores. */
export function replicate(world: WorldServices, regions: readonly SimRegion[]): Replication {
  const all: Route[] = [];
  for (const from of regions) {
    const others = regions.filter((region) => region !== from);
    const routesOf = (tableOf: (region: SimRegion) => SimTable, isFaultFree: boolean): Route[] =>
      others.map((to) => {
        return {
          from,
          to,
          table: tableOf(to),
          isFaultFree,
          applied: new Map<string, number>(),
          inTransit: new Map<string, Set<string>>(),
          lastArrival: 0,
          pausedUntil: 0,
          writes: 0,
        };
      });
    const messages = routesOf((region) => region.messages, false);
    all.push(...messages);
    from.messages.replicate = (item, key, lookedBack): void => {
      if (item !== undefined) recordStored(world, item, lookedBack);
      for (const route of messages) send(world, route, { item, key });
    };
    // In low-latency schedules interest replicates quickly, even if messages are delayed.
    const channels = routesOf((region) => region.channels, world.plan.isLowLatency);
    from.channels.replicate = (item, key): void => {
      for (const route of channels) send(world, route, { item, key });
    };
  }
  return {
    stateOf: (channel, cursor, to) => {
      const routes = all.filter((route) => route.to.name === to && route.from.name in cursor);
      return {
        isBehind: routes.some((route) => hasEntriesInTransit(route, channel, cursor)),
        isPaused: routes.some(({ pausedUntil }) => world.kernel.now() < pausedUntil),
      };
    },
  };
}

/** Whether entries that a cursor covers are in transit. */
function hasEntriesInTransit({ from: { name }, inTransit }: Route, channel: string, cursor: Cursor): boolean {
  const position = cursor[name];
  return [...(inTransit.get(`${channel}#${name}`) ?? [])].some((sk) => {
    const [epoch = '', seq] = sk.split('#');
    return !sk.startsWith('!') && position !== undefined && !isAfter({ epoch, seq: Number(seq) }, position);
  });
}

function send(world: WorldServices, route: Route, change: Change): void {
  const { key } = change;
  const { kernel, faults, random } = world;
  const direction = `${route.from.name} to ${route.to.name}`;
  const now = kernel.now();
  if (faults.occurs('replica-paused', direction)) route.pausedUntil = now + random.between(0, MAX_PAUSE);
  const isLate = !route.isFaultFree && faults.occurs('replica-delayed', direction);
  const delay = isLate ? random.between(1_000, 20_000) : random.between(300, 1_500);
  let at = Math.max(now, route.pausedUntil) + delay;
  // Without this fault, items arrive in the order of their writes.
  if (route.isFaultFree || !faults.occurs('replica-reordered', direction)) at = Math.max(at, route.lastArrival);
  route.lastArrival = Math.max(route.lastArrival, at);
  const write = ++route.writes;
  const others = route.inTransit.get(key.pk);
  if (others === undefined) route.inTransit.set(key.pk, new Set([key.sk]));
  else others.add(key.sk);
  kernel.after(at - now, () => {
    arrive(world, route, change, write);
  });
}

/** @param write the number of the write on this route */
function arrive(world: WorldServices, route: Route, change: Change, write: number): void {
  const { item, key } = change;
  const { kernel, random } = world;
  // A region that is down neither sends nor receives.
  const until = Math.max(route.from.downUntil, route.to.downUntil);
  if (kernel.now() < until) {
    kernel.after(until - kernel.now() + random.between(300, 1_500), () => {
      arrive(world, route, change, write);
    });
    return;
  }
  route.inTransit.get(key.pk)?.delete(key.sk);
  const name = `${key.pk}\0${key.sk}`;
  if (write < (route.applied.get(name) ?? 0)) return;
  route.applied.set(name, write);
  route.table.receive(item, key);
}

/** Records the messages of an entry. Headers and idempotency keys, whose sort keys start with `!`, are not messages. */
function recordStored(world: WorldServices, item: Item, lookedBack: boolean): void {
  const { pk, sk, f: from, m: messages, x: expires } = item;
  if (sk.startsWith('!')) return;
  const [channel = '', origin = ''] = pk.split('#');
  const [epoch = '', seq] = sk.split('#');
  (JSON.parse(String(messages)) as EntryMessage[]).forEach((message, i) => {
    world.record({
      type: 'stored',
      channel,
      origin,
      epoch,
      seq: Number(seq) + i,
      from: message.from ?? String(from),
      ids: [message.id],
      expires: Number(expires) * 1000 - DELETE_GRACE,
      lookedBack,
    });
  });
}
