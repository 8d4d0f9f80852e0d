// A global table: every region's writes reach the others, each in its time and not in order; of one item, the last wins.
import { DELETE_GRACE } from '../../lambda/core/log/epochs';
import type { EntryMessage } from '../../lambda/core/log/log-store';
import { type Cursor, isAfter } from '../../protocol';
import type { SimRegion } from './region';
import type { Item, SimTable } from './table';
import type { World } from './world';

/** How long a pause of replication lasts, at most. Milliseconds. */
const PAUSE = 120_000;

type Key = { readonly pk: string; readonly sk: string };

interface Route {
  readonly from: SimRegion;
  readonly to: SimRegion;
  readonly table: SimTable;
  /** How late items may be, and in which order. */
  readonly isSteady: boolean;
  /** By item: the number of the write that it has. */
  readonly applied: Map<string, number>;
  /** What has been written and has not arrived: sort keys by partition. */
  readonly onItsWay: Map<string, Set<string>>;
  lastArrival: number;
  pausedUntil: number;
  writes: number;
}

/** How far a region is with what others have written. */
export interface Replication {
  /** Whether something that a cursor knows of has not arrived, and whether a pause holds up what it knows of, or what follows. */
  stateOf(channel: string, cursor: Cursor, to: string): { readonly isBehind: boolean; readonly isPaused: boolean };
}

/** Lets the regions' global tables replicate to each other, and records what each origin stores. */
export function replicate(world: World, regions: readonly SimRegion[]): Replication {
  const all: Route[] = [];
  for (const from of regions) {
    const others = regions.filter((region) => region !== from);
    const routesOf = (tableOf: (region: SimRegion) => SimTable, isSteady: boolean): Route[] =>
      others.map((to) => {
        const none = { lastArrival: 0, pausedUntil: 0, writes: 0 };
        const maps = { applied: new Map<string, number>(), onItsWay: new Map<string, Set<string>>() };
        return { from, to, table: tableOf(to), isSteady, ...maps, ...none };
      });
    const messages = routesOf((region) => region.messages, false);
    all.push(...messages);
    from.messages.replicate = (item, key, lookedBack): void => {
      if (item !== undefined) recordStored(world, item, lookedBack);
      for (const route of messages) send(world, route, item, key);
    };
    // In clear weather, regions soon know of each other's subscribers, however late the messages come by the table.
    const channels = routesOf((region) => region.channels, world.plan.clear);
    from.channels.replicate = (item, key): void => {
      for (const route of channels) send(world, route, item, key);
    };
  }
  return {
    stateOf: (channel, cursor, to) => {
      const routes = all.filter((route) => route.to.name === to && route.from.name in cursor);
      return {
        isBehind: routes.some((route) => lacks(route, channel, cursor)),
        isPaused: routes.some(({ pausedUntil }) => world.kernel.now() < pausedUntil),
      };
    },
  };
}

/** Whether entries that a cursor knows of are still on their way. */
function lacks({ from: { name }, onItsWay }: Route, channel: string, cursor: Cursor): boolean {
  const position = cursor[name];
  return [...(onItsWay.get(`${channel}#${name}`) ?? [])].some((sk) => {
    const [epoch = '', seq] = sk.split('#');
    return !sk.startsWith('!') && position !== undefined && !isAfter({ epoch, seq: Number(seq) }, position);
  });
}

function send(world: World, route: Route, item: Item | undefined, key: Key): void {
  const { kernel, faults, random } = world;
  const where = `${route.from.name} to ${route.to.name}`;
  const now = kernel.now();
  if (faults.strikes('replica-paused', where)) route.pausedUntil = now + random.between(0, PAUSE);
  const isLate = !route.isSteady && faults.strikes('replica-delayed', where);
  const delay = isLate ? random.between(1_000, 20_000) : random.between(300, 1_500);
  let at = Math.max(now, route.pausedUntil) + delay;
  // Without this fault, items arrive in the order in which they were written.
  if (route.isSteady || !faults.strikes('replica-reordered', where)) at = Math.max(at, route.lastArrival);
  route.lastArrival = Math.max(route.lastArrival, at);
  const write = ++route.writes;
  const others = route.onItsWay.get(key.pk);
  if (others === undefined) route.onItsWay.set(key.pk, new Set([key.sk]));
  else others.add(key.sk);
  kernel.after(at - now, () => {
    arrive(world, route, item, key, write);
  });
}

function arrive(world: World, route: Route, item: Item | undefined, key: Key, write: number): void {
  const { kernel, random } = world;
  // Nothing leaves a region that is down, and nothing gets there.
  const until = Math.max(route.from.downUntil, route.to.downUntil);
  if (kernel.now() < until) {
    kernel.after(until - kernel.now() + random.between(300, 1_500), () => {
      arrive(world, route, item, key, write);
    });
    return;
  }
  route.onItsWay.get(key.pk)?.delete(key.sk);
  const name = `${key.pk}\0${key.sk}`;
  if (write < (route.applied.get(name) ?? 0)) return;
  route.applied.set(name, write);
  route.table.receive(item, key);
}

/** Entries only: headers and idempotency keys begin with `!`. */
function recordStored(world: World, item: Item, lookedBack: boolean): void {
  const { pk, sk, f: from, m: messages, x: expires } = item;
  if (sk.startsWith('!')) return;
  const [channel = '', origin = ''] = pk.split('#');
  const [epoch = '', seq] = sk.split('#');
  (JSON.parse(String(messages)) as EntryMessage[]).forEach((message, i) => {
    world.record({
      ...{ type: 'stored', channel, origin, epoch, seq: Number(seq) + i, from: message.from ?? String(from) },
      ...{ ids: [message.id], expires: Number(expires) * 1000 - DELETE_GRACE, lookedBack },
    });
  });
}
