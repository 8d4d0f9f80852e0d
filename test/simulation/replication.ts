// Global tables: each region's writes replicate to the others, with delays and out of order. The last write of an item wins.
import { DELETE_GRACE } from '../../lambda/core/log/epochs';
import { type Cursor, isAfter } from '../../protocol';
import { entryIn } from './entry-rows';
import type { SimRegion } from './region';
import type { Item } from './item';
import type { Change, SimTable } from './table';
import type { WorldServices } from './world-services';

/** Longest pause of replication. Milliseconds. */
const MAX_PAUSE = 120_000;

interface Route {
  readonly from: SimRegion;
  readonly to: SimRegion;
  readonly table: SimTable;
  /** Whether items arrive in order and without a delay fault. */
  readonly isFaultFree: boolean;
  /** Items in transit: sort keys by partition. */
  readonly inTransit: Map<string, Set<string>>;
  lastArrival: number;
  /** Writes on their way arrive only if this has not changed since they were sent. */
  incarnation: number;
  pausedUntil: number;
}

/** The state of replication between regions. */
export interface Replication {
  /** Loses the messages table's writes of a region that have not arrived elsewhere. */
  discardFrom(region: string): void;
  /** Holds the messages table's writes of a region back for a time. Milliseconds. */
  pauseFrom(region: string, ms: number): void;
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
          inTransit: new Map<string, Set<string>>(),
          lastArrival: 0,
          incarnation: 0,
          pausedUntil: 0,
        };
      });
    const messages = routesOf((region) => region.messages, false);
    all.push(...messages);
    from.messages.replicate = (change): void => {
      // The operator's mark on an entry stores no message.
      if (change.item !== undefined && change.item.m !== change.before?.m)
        recordStored(world, change.item, change.lookedBack);
      for (const route of messages) send(world, route, change);
    };
    // In low-latency schedules interest replicates quickly, even if messages are delayed.
    const channels = routesOf((region) => region.channels, world.plan.isLowLatency);
    from.channels.replicate = (change): void => {
      for (const route of channels) send(world, route, change);
    };
  }
  const messagesFrom = (region: string): readonly Route[] => all.filter(({ from }) => from.name === region);
  return {
    discardFrom: (region) => {
      for (const route of messagesFrom(region)) {
        route.incarnation += 1;
        route.inTransit.clear();
        route.pausedUntil = 0;
      }
    },
    pauseFrom: (region, ms) => {
      for (const route of messagesFrom(region)) route.pausedUntil = world.kernel.now() + ms;
    },
    stateOf: (channel, cursor, to) => {
      const routes = all.filter((route) => route.to.name === to && route.from.name in cursor);
      return {
        isBehind: routes.some((route) => hasEntriesInTransit(route, channel, cursor)),
        isPaused: routes.some(
          (route) => world.kernel.now() < Math.max(route.pausedUntil, world.cutUntil(route.from.name, to)),
        ),
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
  const others = route.inTransit.get(key.pk);
  if (others === undefined) route.inTransit.set(key.pk, new Set([key.sk]));
  else others.add(key.sk);
  const { incarnation } = route;
  kernel.after(at - now, () => {
    arrive(world, route, { change, incarnation });
  });
  const { before } = change;
  // The other region's TTL may delete the expired row while the row that replaces it is on its way.
  if (typeof before?.x === 'number' && before.x * 1000 <= now && faults.isPossible('ttl-delete-of-rewritten-row'))
    kernel.after(random.between(0, at - now), () => {
      route.table.expire(key, before.x, true);
    });
}

function arrive(
  world: WorldServices,
  route: Route,
  sent: { readonly change: Change; readonly incarnation: number },
): void {
  const { change, incarnation } = sent;
  const { key } = change;
  const { kernel, random } = world;
  if (incarnation !== route.incarnation) return;
  // A region that is down neither sends nor receives, nor do two regions between which the network is cut.
  const until = Math.max(route.from.downUntil, route.to.downUntil, world.cutUntil(route.from.name, route.to.name));
  if (kernel.now() < until) {
    kernel.after(until - kernel.now() + random.between(300, 1_500), () => {
      arrive(world, route, sent);
    });
    return;
  }
  route.inTransit.get(key.pk)?.delete(key.sk);
  route.table.receive(change);
  if (change.item !== undefined) recordReplicated(world, change.item, route.to.name);
}

/** Records that an entry has reached a region. */
function recordReplicated(world: WorldServices, item: Item, region: string): void {
  const entry = entryIn(item);
  if (entry === undefined) return;
  const { messages: _, ...places } = entry;
  world.record({ type: 'replicated', region, ...places });
}

/** Records the messages of an entry. */
function recordStored(world: WorldServices, item: Item, lookedBack: boolean): void {
  const entry = entryIn(item);
  if (entry === undefined) return;
  const { channel, origin, epoch, seqs, messages } = entry;
  messages.forEach((message, i) => {
    world.record({
      type: 'stored',
      channel,
      origin,
      epoch,
      seq: seqs[i] as number,
      from: message.from ?? String(item.f),
      ids: [message.id],
      expires: Number(item.x) * 1000 - DELETE_GRACE,
      lookedBack,
    });
  });
}
