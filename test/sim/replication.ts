// A global table: every region's writes reach the others, each in its time and not in order.
import { DELETE_GRACE } from '../../lambda/core/log';
import type { EntryMessage } from '../../lambda/core/ports';
import type { SimRegion } from './region';
import type { Item } from './table';
import type { World } from './world';

/** How long a pause of replication lasts, at most. Milliseconds. */
const PAUSE = 120_000;

/** Lets the regions' Messages tables replicate to each other, and records what each origin stores. */
export function replicate(world: World, regions: readonly SimRegion[]): void {
  for (const from of regions) {
    const others = regions.filter((region) => region !== from);
    const routes = others.map((to) => ({ to, lastArrival: 0, pausedUntil: 0 }));
    from.messages.replicate = (item, key, lookedBack): void => {
      if (item !== undefined) recordStored(world, item, lookedBack);
      for (const route of routes) send(world, from, route, item, key);
    };
  }
}

interface Route {
  readonly to: SimRegion;
  lastArrival: number;
  pausedUntil: number;
}

function send(
  world: World,
  from: SimRegion,
  route: Route,
  item: Item | undefined,
  key: { pk: string; sk: string },
): void {
  const { kernel, faults, random } = world;
  const where = `${from.name} to ${route.to.name}`;
  const now = kernel.now();
  if (faults.strikes('replica-paused', where)) route.pausedUntil = now + random.between(0, PAUSE);
  const delay = faults.strikes('replica-delayed', where) ? random.between(1_000, 20_000) : random.between(300, 1_500);
  let at = Math.max(now, route.pausedUntil) + delay;
  // Without this fault, items arrive in the order in which they were written.
  if (!faults.strikes('replica-reordered', where)) at = Math.max(at, route.lastArrival);
  route.lastArrival = Math.max(route.lastArrival, at);
  kernel.after(at - now, () => {
    route.to.messages.receive(item, key);
  });
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
