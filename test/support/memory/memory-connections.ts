// Connections, subscriptions and shard maps in memory.
import type {
  Connection,
  ConnectionStore,
  SentRange,
  Shard,
  Subscriber,
  SubscriberPage,
} from '../../../lambda/core/connections/connection-store';
import type { FanoutJob, FanoutQueue, FanoutRecord, ShardMap, ShardStore } from '../../../lambda/core/fanout/ports';

export class MemoryConnections implements ConnectionStore {
  public readonly connections = new Map<string, Connection & { channels: Map<string, number> }>();
  /** By channel: the subscribers of all its shards. */
  public readonly rows = new Map<string, Map<string, Subscriber>>();
  public readonly maps = new Map<string, ShardMap>();
  public readonly notes = new Map<string, Map<string, SentRange>>();
  public pageSize = 2;
  public pages = 0;
  public beforeRead: () => Promise<void> | void = () => undefined;
  private readonly shards = new Map<string, number>();

  public open(connection: Connection): Promise<void> {
    this.connections.set(connection.id, { ...connection, channels: new Map() });
    return Promise.resolve();
  }
  public close(id: string): Promise<readonly Shard[]> {
    const channels = [...(this.connections.get(id)?.channels ?? [])];
    this.connections.delete(id);
    return Promise.resolve(channels.map(([channel, shard]) => ({ channel, shard })));
  }
  public noteChannel(id: string, { channel, shard }: Shard, limit: number): Promise<number | 'gone' | 'full'> {
    const channels = this.connections.get(id)?.channels;
    if (channels === undefined) return Promise.resolve('gone');
    if (!channels.has(channel) && channels.size >= limit) return Promise.resolve('full');
    channels.set(channel, channels.get(channel) ?? shard);
    return Promise.resolve(channels.get(channel) ?? shard);
  }
  public shardOf(id: string, channel: string): Promise<number | undefined> {
    return Promise.resolve(this.connections.get(id)?.channels.get(channel));
  }
  public forgetChannel(id: string, channel: string): Promise<void> {
    this.connections.get(id)?.channels.delete(channel);
    return Promise.resolve();
  }
  public addSubscriber({ channel, shard }: Shard, subscriber: Subscriber): Promise<void> {
    const rows = this.rows.get(channel) ?? new Map<string, Subscriber>();
    this.rows.set(channel, rows.set(subscriber.id, subscriber));
    this.shards.set(`${channel} ${subscriber.id}`, shard);
    return Promise.resolve();
  }
  public removeSubscribers(shards: readonly Shard[], id: string): Promise<void> {
    for (const shard of shards) if (this.isIn(shard, id)) this.rows.get(shard.channel)?.delete(id);
    return Promise.resolve();
  }
  public removeDeadSubscriber(shard: Shard, { id, connectedAt }: Subscriber): Promise<void> {
    const row = this.rows.get(shard.channel)?.get(id);
    if (this.isIn(shard, id) && row?.connectedAt === connectedAt) this.rows.get(shard.channel)?.delete(id);
    return Promise.resolve();
  }
  public async page(shard: Shard, from = '0', limit = Number.POSITIVE_INFINITY): Promise<SubscriberPage> {
    await this.beforeRead();
    this.pages += 1;
    const rows = this.of(shard);
    const [start, size] = [Number(from), Math.min(this.pageSize, limit)];
    const shards = shard.shard === 0 ? this.maps.get(shard.channel)?.counts.length : undefined;
    return {
      subscribers: rows.slice(start, start + size),
      shards: start > 0 ? undefined : shards,
      sent: start > 0 ? undefined : (this.notes.get(nameOf(shard)) ?? new Map<string, SentRange>()),
      next: start + size < rows.length ? String(start + size) : undefined,
    };
  }
  public of(shard: Shard): readonly Subscriber[] {
    return [...(this.rows.get(shard.channel)?.values() ?? [])].filter(({ id }) => this.isIn(shard, id));
  }
  private isIn({ channel, shard }: Shard, id: string): boolean {
    return (this.shards.get(`${channel} ${id}`) ?? 0) === shard;
  }
}

export function nameOf({ channel, shard }: Shard): string {
  return `${channel}#${shard}`;
}

export class MemoryShards implements ShardStore {
  public fails = false;
  public constructor(private readonly connections: MemoryConnections) {}

  public read(channel: string): Promise<ShardMap | undefined> {
    return Promise.resolve(this.connections.maps.get(channel));
  }
  public add({ channel, shard }: Shard, joined: number, until: number): Promise<ShardMap> {
    const map = this.connections.maps.get(channel) ?? { counts: [0], until };
    const counts = map.counts.map((count, i) => count + (i === shard ? joined : 0));
    this.connections.maps.set(channel, { ...map, counts });
    return Promise.resolve({ ...map, counts });
  }
  public count(shard: Shard): Promise<number> {
    return Promise.resolve(this.connections.of(shard).length);
  }
  public replace(channel: string, counts: readonly number[], seen: number, until: number): Promise<void> {
    const map = this.connections.maps.get(channel);
    const kept = counts.length > seen ? until : (map?.until ?? until);
    if (map?.counts.length === seen) this.connections.maps.set(channel, { counts, until: kept });
    return Promise.resolve();
  }
  public keep({ channel, shard }: Shard, until: number): Promise<boolean> {
    const map = this.connections.maps.get(channel);
    const isThere = map !== undefined && map.counts.length > shard;
    if (isThere) this.connections.maps.set(channel, { ...map, until });
    return Promise.resolve(isThere);
  }
  public sent(shard: Shard): Promise<ReadonlyMap<string, SentRange>> {
    return Promise.resolve(this.connections.notes.get(nameOf(shard)) ?? new Map());
  }
  public noteSent(shard: Shard, origin: string, sent: SentRange): Promise<void> {
    if (this.fails) return Promise.reject(new Error('throttled'));
    const notes = this.connections.notes.get(nameOf(shard)) ?? new Map<string, SentRange>();
    this.connections.notes.set(nameOf(shard), notes.set(origin, sent));
    return Promise.resolve();
  }
}

/** A fan-out queue that keeps the jobs it is sent, without duplicates, for a test to hand to a worker. */
export class MemoryFanoutQueue implements FanoutQueue {
  public readonly sent: FanoutJob[] = [];
  public readonly again: string[] = [];
  public fails = false;

  public send(jobs: readonly FanoutJob[]): Promise<void> {
    if (this.fails) return Promise.reject(new Error('the queue is down'));
    const known = new Set(this.sent.map((job) => JSON.stringify(job)));
    this.sent.push(...jobs.filter((job) => !known.has(JSON.stringify(job))));
    return Promise.resolve();
  }
  public receiveAgain(records: readonly FanoutRecord[]): Promise<void> {
    this.again.push(...records.map(({ id }) => id));
    return Promise.resolve();
  }
  /** The jobs that were sent for a shard, as records, from index `from` on. */
  public records(shard: number, sentAt: number, from = 0): FanoutRecord[] {
    return this.sent
      .filter((job) => job.shard === shard)
      .map((job, i) => ({
        id: `r${i}`,
        body: JSON.stringify(job),
        receipt: '',
        sentAt,
        receiveCount: 1,
        group: nameOf({ channel: job.push.channel, shard }),
      }))
      .slice(from);
  }
}
