// The actors of a schedule that lasts months: clients that come for minutes and stay away for days, a server that keeps a channel
// busy, an operator that deploys.
import type { SimClient } from './client';
import { IncidentRun } from './incidents';
import type { Deployment, MonthsPlan, Visit } from './months-plan';
import type { Random } from './random';
import type { Workload } from './workload';
import type { World } from './world';

/** Longest time in which a deployment reaches all regions. Milliseconds. */
const ROLLOUT = 600_000;
/** Time between two publishes to a busy channel, as a part of the retention: no epoch ends. */
const BUSY_INTERVAL = [0.3, 0.95] as const;
/** How long a removed region still serves what it has: replication and open connections. Milliseconds. */
const REMOVAL = 3 * 3_600_000;
/** Time away that counts as one of days. Milliseconds. */
const DAY = 86_400_000;

export class MonthsWorkload {
  private readonly random: Random;
  private readonly clients: readonly SimClient[];
  private readonly leftAt = new Map<SimClient, number>();
  private readonly present = new Set<SimClient>();
  /** Milliseconds since 1970. */
  private readonly begin: number;

  public constructor(
    private readonly world: World,
    private readonly months: MonthsPlan,
    /** The clients, and the servers' publishes by HTTP. */
    private readonly workload: Pick<Workload, 'clients' | 'publishByHttp'>,
  ) {
    this.random = world.random.fork();
    this.begin = world.kernel.now();
    this.clients = workload.clients;
  }

  public start(): void {
    const { world, months } = this;
    const { kernel } = world;
    // The last client is there on the first day and at the end only.
    for (const [i, visit] of months.visits.entries())
      kernel.after(visit.at, () => {
        this.visit(visit, i === 0 ? this.clients : this.clients.slice(0, -1));
      });
    for (const { channel, until } of months.busy) this.keepBusy(channel, this.begin + until);
    for (const deployment of months.deployments)
      kernel.after(deployment.at, () => {
        this.deploy(deployment);
      });
    if (months.incident !== undefined) new IncidentRun(world, months.incident).start();
    const { move } = months;
    if (move !== undefined)
      kernel.after(move.at, () => {
        if (move.kind === 'region-added') this.addRegion();
        else this.removeRegion();
      });
  }

  /** Everyone comes back, for the phase in which deliveries complete. */
  public settle(): void {
    for (const client of this.clients) this.come(client);
  }

  private visit({ duration, messages, presence }: Visit, clients: readonly SimClient[]): void {
    const { world, random } = this;
    const { kernel, plan } = world;
    const visitors = clients.filter(() => random.chance(presence));
    for (const client of visitors) {
      kernel.after(random.between(0, duration / 4), () => {
        this.come(client);
      });
      kernel.after(duration, () => {
        this.leave(client);
      });
      kernel.after(random.between(duration / 4, duration), () => {
        this.disturb(client);
      });
    }
    if (visitors.length === 0) return;
    for (const channel of plan.channels) {
      if (this.isQuiet(channel)) continue;
      for (let i = 0; i < messages; i++)
        kernel.after(random.between(0, 0.8 * duration), () => {
          const publisher = random.pick(visitors);
          if (this.present.has(publisher)) publisher.publish(channel, [i]);
        });
    }
  }

  private disturb(client: SimClient): void {
    const { world, random } = this;
    const { faults, plan } = world;
    if (!this.present.has(client)) return;
    if (faults.occurs('connection-reset', client.name)) client.breakConnections('reset');
    if (faults.occurs('client-reloaded', client.name)) client.reload();
    if (faults.occurs('client-changed-region', client.name)) {
      client.region = random.pick(plan.regions);
      client.reconnect();
    }
  }

  private come(client: SimClient): void {
    const { world, present, leftAt } = this;
    if (present.has(client)) return;
    present.add(client);
    const left = leftAt.get(client);
    if (left === undefined) for (const channel of world.plan.channels) client.subscribe(channel);
    else {
      if (world.kernel.now() - left > DAY) world.faults.count('client-away', client.name);
      // People travel.
      client.region = this.random.pick(world.plan.regions);
      client.open();
    }
  }

  private leave(client: SimClient): void {
    if (!this.present.delete(client)) return;
    client.close();
    this.leftAt.set(client, this.world.kernel.now());
  }

  /** Whether a busy channel has fallen silent. */
  private isQuiet(channel: string): boolean {
    const now = this.world.kernel.now() - this.begin;
    return this.months.busy.some((one) => one.channel === channel && now >= one.until);
  }

  private keepBusy(channel: string, until: number): void {
    const { world, random } = this;
    const wait = random.between(...BUSY_INTERVAL) * world.region(world.plan.regions[0] ?? '').configuration.retention;
    if (world.kernel.now() + wait >= until) return;
    world.kernel.after(wait, () => {
      void this.workload.publishByHttp('server0', channel);
      this.keepBusy(channel, until);
    });
  }

  private deploy({ retention, ordering }: Deployment): void {
    const { world, random } = this;
    world.faults.count(retention === undefined ? 'ordering-changed' : 'retention-changed', '');
    for (const name of world.plan.regions) {
      const region = world.region(name);
      world.kernel.after(random.between(0, ROLLOUT), () => {
        const before = region.configuration;
        region.deploy({ ...before, retention: retention ?? before.retention, ordering: ordering ?? before.ordering });
      });
    }
  }

  private addRegion(): void {
    const { world, random } = this;
    const { regions } = world.plan;
    const added = regions.at(-1) ?? '';
    world.faults.count('region-added', added);
    for (const name of regions) {
      const region = world.region(name);
      world.kernel.after(random.between(0, ROLLOUT), () => {
        region.deploy({ ...region.configuration, origins: regions, peers: regions.filter((peer) => peer !== name) });
        if (name === added) world.setInService(added, true);
      });
    }
  }

  /** As `cdk-realtime plan` prints it: drain, wait, deploy without the region, delete it. Its log is still read. */
  private removeRegion(): void {
    const { world, random } = this;
    const { regions } = world.plan;
    const removed = regions.at(-1) ?? '';
    world.faults.count('region-removed', removed);
    world.setInService(removed, false);
    void world.region(removed).drain(random.between(1_000, 20_000));
    for (const name of regions.slice(0, -1)) {
      const region = world.region(name);
      world.kernel.after(REMOVAL + random.between(0, ROLLOUT), () => {
        const { configuration } = region;
        region.deploy({ ...configuration, peers: configuration.peers.filter((peer) => peer !== removed) });
      });
    }
    world.kernel.after(REMOVAL + 2 * ROLLOUT, () => {
      world.region(removed).startOutage(Number.MAX_SAFE_INTEGER);
    });
  }
}
