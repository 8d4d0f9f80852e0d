// A global table: every region's writes reach the others, each in its time and not in order; of one item, the last wins.
import { DELETE_GRACE } from '../../lambda/core/log';
import type { EntryMessage } from '../../lambda/core/ports';
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
  lastArrival: number;
  pausedUntil: number;
  writes: number;
}

/** Lets the regions' global tables replicate to each other, and records what each origin stores. */
export function replicate(world: World, regions: readonly SimRegion[]): void {
  for (const from of regions) {
    const others = regions.filter((region) => region !== from);
    const routesOf = (tableOf: (region: SimRegion) => SimTable, isSteady: boolean): Route[] =>
      others.map((to) => {
        const none = { lastArrival: 0, pausedUntil: 0, writes: 0 };
        return { ...{ from, to, table: tableOf(to), isSteady, applied: new Map<string, number>() }, ...none };
      });
    const messages = routesOf((region) => region.messages, false);
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
