// Assigns subscribers to shards. A large channel's subscriber list has several shards, each sent to by one worker. New subscribers
// are assigned by a map that may be stale, so a shard that was added stays until no subscriber can be in it. docs/decisions/0016
import { BoundedMap } from '../bounded-map';
import type { TransportLimits } from '../connections/transport';
import type { Logger, Runtime } from '../runtime';
import type { Shard, Subscriber } from '../connections/connection-store';
import type { ShardMap, ShardStore } from './ports';

/** Average number of subscribers per shard at which a shard is added. A worker then needs about 50 ms for a job. */
export const SHARD_TARGET = 600;
/** One new subscriber in this many is counted, for all of them: counting costs an eighth of a write, and is off by about 10%. */
export const SAMPLE = 8;
/** Capacity of a shard, relative to the target. Full shards get few new subscribers, and a new shard does not get all of them. */
const CAPACITY = 1.25;
/** Smallest free capacity of a shard, relative to the target: counts are not exact. */
const MIN_FREE = 0.01;
/** Time that a function instance caches a map. Milliseconds. */
const MAP_CACHE = 1_000;
/** Maximum number of cached maps. */
const MAX_CACHED_MAPS = 10_000;

/** Time that a map is kept after a shard was added: longer than any subscription in that shard. Milliseconds. */
export function shardMapLife({ maxConnectionLife }: Pick<TransportLimits, 'maxConnectionLife'>): number {
  return 2 * maxConnectionLife;
}

export interface ShardsDeps {
  readonly shards: ShardStore;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly transportLimits: Pick<TransportLimits, 'maxConnectionLife'>;
}

/** Shard target and sampling rate. The simulation uses smaller ones. */
export interface ShardSizes {
  readonly target: number;
  readonly sample: number;
}

/** Picks the shards of new subscribers. One per function instance. */
export class Shards {
  private readonly cache = new BoundedMap<{ readonly until: number; readonly map: ShardMap }>(MAX_CACHED_MAPS);

  public constructor(
    private readonly deps: ShardsDeps,
    private readonly sizes: ShardSizes = { target: SHARD_TARGET, sample: SAMPLE },
  ) {}

  /** The shard for a new subscriber. Never throws: on errors it is the first shard, which is always valid. */
  public async pick(channel: string, subscriber: Pick<Subscriber, 'connectedAt'>): Promise<number> {
    const { runtime, logger } = this.deps;
    try {
      let map = await this.mapOf(channel);
      const shard = pickShard(map.counts, this.sizes.target, runtime.random());
      if (runtime.random() * this.sizes.sample < 1) {
        try {
          map = await this.count({ channel, shard });
        } catch (error) {
          // Counts are stored in the first shard's partition: when it is throttled, the subscriber must not be assigned to it too.
          logger.warn('a new subscriber was not counted', { channel, error });
        }
      }
      return (await this.isMapKept({ channel, shard }, map, subscriber)) ? shard : 0;
    } catch (error) {
      logger.warn('no shard could be chosen: the first shard is used', { channel, error });
      return 0;
    }
  }

  private async mapOf(channel: string): Promise<ShardMap> {
    const now = this.deps.runtime.now();
    const cached = this.cache.get(channel);
    if (cached !== undefined && now < cached.until) return cached.map;
    return this.remember(channel, (await this.deps.shards.read(channel)) ?? { counts: [0], until: 0 });
  }

  private remember(channel: string, map: ShardMap): ShardMap {
    this.cache.set(channel, { until: this.deps.runtime.now() + MAP_CACHE, map });
    return map;
  }

  /** Adds one sample to a shard's count, and adds a shard when the average exceeds the target. */
  private async count({ channel, shard }: Shard): Promise<ShardMap> {
    const { shards, runtime, transportLimits } = this.deps;
    const { target, sample } = this.sizes;
    const until = runtime.now() + shardMapLife(transportLimits);
    const map = await shards.add({ channel, shard }, sample, until);
    const seen = map.counts.length;
    const needed = shardsNeeded(map.counts, target);
    const neededBefore = shardsNeeded([...map.counts, -sample], target);
    if (needed <= seen && needed === neededBefore) return this.remember(channel, map);
    // Subscribers that left are still in the counts: exact counts are read before a shard is added.
    const counts = await Promise.all(map.counts.map((_, i) => shards.count({ channel, shard: i })));
    const size = Math.max(seen, shardsNeeded(counts, target));
    const replacement = Array.from({ length: size }, (_, i) => counts[i] ?? 0);
    await shards.replace(channel, replacement, seen, until);
    // Another function may have replaced the map at the same time: a new shard is used only after it has been read.
    return this.remember(channel, (await shards.read(channel)) ?? map);
  }

  /** Whether the map has the shard for as long as the connection can last. Otherwise fan-outs would skip the subscription. */
  private async isMapKept(
    { channel, shard }: Shard,
    map: ShardMap,
    { connectedAt }: Pick<Subscriber, 'connectedAt'>,
  ): Promise<boolean> {
    const { shards, runtime, transportLimits } = this.deps;
    if (shard === 0) return true;
    // The map of the pick has expired meanwhile, and `map` is a new one.
    if (shard >= map.counts.length) return false;
    // Renewing the token or subscribing again does not make the connection last longer than this.
    if (map.until >= connectedAt + transportLimits.maxConnectionLife) return true;
    const until = runtime.now() + shardMapLife(transportLimits);
    if (!(await shards.keep({ channel, shard }, until))) return false;
    this.remember(channel, { ...map, until });
    return true;
  }
}

/** Number of shards for the given counts. */
function shardsNeeded(counts: readonly number[], target: number): number {
  return Math.max(1, Math.ceil(counts.reduce((sum, count) => sum + count, 0) / target));
}

/**
 * Picks one of the first shards at random, weighted by free capacity. Only as many shards as needed are used: the later ones of a
 * channel that has shrunk stay empty, so that its map expires and it has one shard again.
 *
 * @param random at least 0, less than 1
 */
export function pickShard(counts: readonly number[], target: number, random: number): number {
  const used = counts.slice(0, shardsNeeded([...counts, 1], target));
  const free = used.map((count) => Math.max(MIN_FREE * target, CAPACITY * target - count));
  let at = random * free.reduce((sum, one) => sum + one, 0);
  const shard = free.findIndex((one) => (at -= one) < 0);
  return Math.max(0, shard);
}
