// Global tables with multi-region eventual consistency. Each write is replicated to all other regions after a lag. Of concurrent
// writes of one item, the last one wins. Writes of different items may arrive in any order.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
import type { Clock } from '../../support/clock';
import { type DynamoDbService, type ItemImage, itemSize } from '../dynamodb';
import type { Meter } from '../../metering';
import type { Topology } from '../../network/topology';
import { seededRandom } from '../../support/random';
import type { CloudLog } from '../../types';
import { defaultLag } from './lag';
import { type Change, ReplicationPair } from './pair';
import { Versions, wins } from './versions';

export { defaultLag, drawLag, type Lag } from './lag';
export type { ReplicationPair } from './pair';

export interface ReplicationOptions {
  readonly clock: Clock;
  readonly topology: Topology;
  /** Seed of the replication lags. */
  readonly seed: number;
  readonly log: (log: CloudLog) => void;
  /** Meter of a region. The region of a write pays for the transfer. */
  readonly meterOf: (region: string) => Meter | undefined;
}

/** One replica of one global table. */
interface Replica {
  readonly region: string;
  readonly dynamodb: DynamoDbService;
  readonly versions: Versions;
}

/** Replication between all regions of a cloud. */
export class Replication {
  /** Replicas by table, then by region. */
  private readonly tables = new Map<string, Map<string, Replica>>();
  private readonly byRegions = new Map<string, ReplicationPair>();

  public constructor(private readonly options: ReplicationOptions) {}

  /** One pair for each direction between two regions, also without a table that has replicas in both. */
  public get pairs(): readonly ReplicationPair[] {
    return [...this.byRegions.values()];
  }

  public pair(from: string, to: string): ReplicationPair | undefined {
    return this.byRegions.get(`${from} ${to}`);
  }

  /** Creates the pairs. Call it before tables join. */
  public connect(regions: readonly string[]): void {
    for (const from of regions) {
      for (const to of regions) if (from !== to) this.byRegions.set(`${from} ${to}`, this.newPair(from, to));
    }
  }

  /** Adds a region's table to the global table of the same name. */
  public join(table: string, region: string, dynamodb: DynamoDbService): void {
    const replicas = this.tables.get(table) ?? new Map<string, Replica>();
    this.tables.set(table, replicas);
    if (replicas.has(region)) return;
    replicas.set(region, { region, dynamodb, versions: new Versions(() => this.horizon()) });
    dynamodb.onImage(table, (image) => {
      this.written(table, region, image);
    });
  }

  /** Sends held changes, after a region came up or a cut was healed. */
  public release(): void {
    for (const pair of this.pairs) pair.release();
  }

  /** @param deliver whether to write pending changes now, because the tables are kept between starts */
  public async stop(deliver: boolean): Promise<void> {
    await Promise.all(this.pairs.map((pair) => pair.stop(deliver)));
  }

  private written(table: string, region: string, { key, item, image }: ItemImage): void {
    const replicas = this.tables.get(table) ?? new Map<string, Replica>();
    const versions = replicas.get(region)?.versions;
    if (versions === undefined) return;
    const version = versions.next(item, this.options.clock.now(), region);
    for (const other of replicas.keys()) this.pair(region, other)?.send({ table, key, item, image, version });
    versions.set(item, version);
  }

  private newPair(from: string, to: string): ReplicationPair {
    const { clock, topology, seed, log } = this.options;
    return new ReplicationPair({
      from,
      to,
      clock,
      lag: defaultLag(from, to),
      random: seededRandom(seed, `replication ${from} ${to}`),
      reaches: () => topology.reaches(from, to),
      apply: (change) => this.apply(from, to, change),
      onError: (error) => {
        const message = `replication from ${from}: ${error instanceof Error ? error.message : String(error)}`;
        log({ region: to, source: 'dynamodb', level: 'error', message, time: clock.now() });
      },
    });
  }

  private async apply(from: string, to: string, { table, key, item, image, version }: Change): Promise<boolean> {
    const replica = this.tables.get(table)?.get(to);
    if (replica === undefined) return false;
    this.options.meterOf(from)?.add({
      service: 'datatransfer',
      unit: 'bytes to other regions',
      resource: to,
      operation: `dynamodb replication of ${table}`,
      amount: itemSize(image ?? key),
    });
    return replica.dynamodb.replicate({ table, key, image }, async (write) => {
      if (!wins(version, replica.versions.of(item))) return false;
      await write();
      replica.versions.set(item, version);
      return true;
    });
  }

  private horizon(): number {
    return Math.min(this.options.clock.now(), ...this.pairs.map(({ oldest }) => oldest ?? Number.POSITIVE_INFINITY));
  }
}
