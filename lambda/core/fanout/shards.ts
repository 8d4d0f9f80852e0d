// Where the subscribers of a channel stand: a large channel's list is split into shards, each for one worker. Newcomers decide
// where they go by a map that may be old, so a shard that was opened stays until nobody can be in it. docs/decisions/0016
import { BoundedMap } from '../bounded-map';
import { MAX_CONNECTION_LIFE } from '../connections/connection-lifetime';
import type { Logger, Runtime } from '../runtime';
import type { Shard, Subscriber } from '../connections/connection-store';
import type { ShardMap, ShardStore } from './ports';

/** Subscribers of a shard on average when another one is opened. A job takes a worker some 50 ms then. */
export const SHARD_TARGET = 600;
/** One newcomer in so many is counted, as that many: the count costs an eighth of a write, and is off by some ten per cent. */
export const SAMPLE = 8;
/** A shard has room for so many times what it should have: full ones get few newcomers, and a new one does not get all. */
const ROOM = 1.25;
/** Part of what a shard should have, as room, that the fullest has: counts are not exact. */
const LEAST_ROOM = 0.01;
/** A map is kept for so long after a shard was opened: longer than anybody who was sent there can stay. Milliseconds. */
export const MAP_LIFE = 2 * MAX_CONNECTION_LIFE;
/** How long a warm function remembers a map. Milliseconds. */
const MEMORY = 1_000;
/** Channels whose map it remembers. */
const CHANNELS = 10_000;

export interface ShardsDeps {
  readonly shards: ShardStore;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

/** The sizes; the simulation has smaller ones. */
export interface ShardSizes {
  readonly target: number;
  readonly sample: number;
}

/** Picks shards for newcomers, as one warm function knows the channels. */
export class Shards {
  private readonly known = new BoundedMap<{ readonly until: number; readonly map: ShardMap }>(CHANNELS);

  public constructor(
    private readonly deps: ShardsDeps,
    private readonly sizes: ShardSizes = { target: SHARD_TARGET, sample: SAMPLE },
  ) {}

  /** The shard that a newcomer is to join. Never throws: the first is always right, if not best. */
  public async pick(channel: string, subscriber: Pick<Subscriber, 'connectedAt'>): Promise<number> {
    const { runtime, logger } = this.deps;
    try {
      let map = await this.mapOf(channel);
      const shard = pickShard(map.counts, this.sizes.target, runtime.random());
      if (runtime.random() * this.sizes.sample < 1) {
        try {
          map = await this.count({ channel, shard });
        } catch (error) {
          // Counts stand in the first shard's partition: whoever is not counted because it is busy must not go there for that.
          logger.warn('a newcomer was not counted', { channel, error });
        }
      }
      return (await this.isKept(channel, map, shard, subscriber)) ? shard : 0;
    } catch (error) {
      logger.warn('no shard could be picked: the first is taken', { channel, error });
      return 0;
    }
  }

  private async mapOf(channel: string): Promise<ShardMap> {
    const now = this.deps.runtime.now();
    const known = this.known.get(channel);
    if (known !== undefined && now < known.until) return known.map;
    return this.remember(channel, (await this.deps.shards.read(channel)) ?? { counts: [0], until: 0 });
  }

  private remember(channel: string, map: ShardMap): ShardMap {
    this.known.set(channel, { until: this.deps.runtime.now() + MEMORY, map });
    return map;
  }

  /** Counts a newcomer for all that are not counted; and opens a shard when those that there are have become too small. */
  private async count({ channel, shard }: Shard): Promise<ShardMap> {
    const { shards, runtime } = this.deps;
    const { target, sample } = this.sizes;
    const until = runtime.now() + MAP_LIFE;
    const map = await shards.add({ channel, shard }, sample, until);
    const seen = map.counts.length;
    const wants = wanted(map.counts, target);
    const wantedBefore = wanted([...map.counts, -sample], target);
    if (wants <= seen && wants === wantedBefore) return this.remember(channel, map);
    // Whoever has left was not counted: before newcomers get one more shard, the counts have to be true.
    const counts = await Promise.all(map.counts.map((_, i) => shards.count({ channel, shard: i })));
    const opened = Array.from({ length: Math.max(seen, wanted(counts, target)) }, (_, i) => counts[i] ?? 0);
    await shards.replace(channel, opened, seen, until);
    // Nobody goes there before the map says so for certain: another may have replaced it at the same time.
    return this.remember(channel, (await shards.read(channel)) ?? map);
  }

  /** A map that ends before the connection does would leave its subscription out of every fan-out. */
  private async isKept(
    channel: string,
    map: ShardMap,
    shard: number,
    { connectedAt }: Pick<Subscriber, 'connectedAt'>,
  ): Promise<boolean> {
    // Whatever token it renews, and how often it subscribes anew: a connection does not last longer.
    if (shard === 0) return true;
    // The map that it was picked by has ended meanwhile, and another has begun.
    if (shard >= map.counts.length) return false;
    if (map.until >= connectedAt + MAX_CONNECTION_LIFE) return true;
    const until = this.deps.runtime.now() + MAP_LIFE;
    if (!(await this.deps.shards.keep({ channel, shard }, until))) return false;
    this.remember(channel, { ...map, until });
    return true;
  }
}

/** How many shards so many subscribers should have. */
function wanted(counts: readonly number[], target: number): number {
  return Math.max(1, Math.ceil(counts.reduce((sum, count) => sum + count, 0) / target));
}

/**
 * Of the first shards, as many as are wanted, those with more room more often. The later ones stay empty when a channel has
 * shrunk; then nobody prolongs its map, and it has one shard again.
 *
 * @param random at least 0, less than 1
 */
export function pickShard(counts: readonly number[], target: number, random: number): number {
  const open = counts.slice(0, wanted([...counts, 1], target));
  const room = open.map((count) => Math.max(LEAST_ROOM * target, ROOM * target - count));
  let at = random * room.reduce((sum, one) => sum + one, 0);
  const shard = room.findIndex((one) => (at -= one) < 0);
  return Math.max(0, shard);
}
