// The actors of a schedule: clients that subscribe, publish, disconnect, reload and change regions, and servers that publish by HTTP.
import type { Rewind } from '../../protocol';
import { SimClient } from './client';
import { HostileClient } from './hostile-client';
import type { Random } from './random';
import type { SimRegion } from './region';
import type { World } from './world';

/** A channel that only servers may access. */
const SERVER_ONLY_CHANNEL = 'chat:private.0';
/** Longest outage or drain of a region. Milliseconds. */
const MAX_OUTAGE = 120_000;
/** Mean time between two churns of a region's subscribers. Milliseconds. */
const CHURN_INTERVAL = 500;
/** How long the first returning subscriber stays the only one: until messages of other regions must have arrived. Milliseconds. */
const SOLE_SUBSCRIBER_DURATION = 15_000;
/** Longest time until a subscriber returns if no message arrives. Milliseconds. */
const MAX_CHURN_WAIT = 20_000;
/** Longest time that a subscription goes back. Milliseconds. */
const MAX_REWIND = 60_000;
/** How long a server retries a publish. Milliseconds. */
const PUBLISH_TIMEOUT = 60_000;

export class Workload {
  public readonly clients: SimClient[];
  private readonly random: Random;
  /** `region channel` pairs whose subscribers are churning. */
  private readonly churning = new Set<string>();
  private readonly end: number;

  public constructor(private readonly world: World) {
    const { plan, random, kernel } = world;
    this.random = random.fork();
    this.end = kernel.now() + plan.activeDuration;
    this.clients = Array.from(
      { length: plan.subscribers },
      (_, i) => new SimClient(world, `client${i}`, plan.tokenLifetime),
    );
  }

  public start(): void {
    const { world, random, clients } = this;
    const { plan, kernel } = world;
    for (const client of clients) {
      for (const channel of plan.channels) {
        if (random.chance(0.7))
          kernel.after(random.between(0, plan.activeDuration / 4), () => {
            client.subscribe(channel, this.rewindOf(client));
          });
      }
      // Must be denied: no client has the capability.
      if (random.chance(0.3))
        kernel.after(random.between(0, plan.activeDuration), () => {
          client.subscribe(SERVER_ONLY_CHANNEL);
        });
      this.repeat(plan.activeDuration / 60, () => {
        this.disturbClient(client);
      });
    }
    if (plan.regions.length > 1) this.repeat(plan.activeDuration / 30, () => this.disturbRegions());
    if (plan.hasSubscriptionChurn)
      this.repeat(CHURN_INTERVAL, () => {
        this.churnSubscribers(random.pick(plan.regions), random.pick(plan.channels));
      });
    for (let i = 0; i < plan.publishers; i++) {
      const client = random.pick(clients);
      this.spread(plan.messages, () => {
        const channel = random.pick(plan.channels);
        // Calls that don't wait for each other are sent as one batch.
        const calls = random.chance(0.1) ? random.integer(2, 4) : 1;
        for (let i = 0; i < calls; i++) {
          const size = random.chance(0.1) ? random.integer(2, 6) : 1;
          client.publish(
            channel,
            Array.from({ length: size }, (_, n) => n),
          );
        }
      });
    }
    if (world.faults.occurs('client-hostile', 'hostile0')) new HostileClient(world, 'hostile0', this.end).start();
    for (let i = 0; i < plan.servers; i++) {
      this.spread(plan.messages / 4, () => {
        void this.publishByHttp(`server${i}`, random.pick([...plan.channels, SERVER_ONLY_CHANNEL]));
      });
    }
  }

  /** May inject a fault into a client, or make it read history or resubscribe. */
  private disturbClient(client: SimClient): void {
    const { world, random } = this;
    const { faults, plan } = world;
    if (faults.occurs('connection-reset', client.name)) client.breakConnections('reset');
    if (faults.occurs('connection-half-open', client.name)) client.breakConnections('half-open');
    if (faults.occurs('client-offline', client.name))
      client.goOffline(random.between(0, this.end - world.kernel.now()));
    if (plan.regions.length > 1 && faults.occurs('client-changed-region', client.name)) {
      client.region = random.pick(plan.regions);
      client.reconnect();
    }
    if (faults.occurs('client-reloaded', client.name)) client.reload();
    if (random.chance(0.05)) {
      const direction = random.chance(0.5) ? 'forwards' : 'backwards';
      client.readHistory(random.pick(plan.channels), direction, random.integer(5, 30));
    }
    if (random.chance(0.01)) {
      const channel = random.pick(plan.channels);
      client.unsubscribe(channel);
      world.kernel.after(random.between(0, 5_000), () => {
        client.subscribe(channel, this.rewindOf(client));
      });
    }
  }

  /** Where a client's subscription begins: some begin in the past. */
  private rewindOf({ name }: SimClient): Rewind | undefined {
    const { world, random } = this;
    if (!world.faults.occurs('client-rewound', name)) return undefined;
    return random.chance(0.5)
      ? { last: random.integer(1, 30) }
      : { since: Math.floor(world.kernel.now() - random.between(0, MAX_REWIND)) };
  }

  /** Unsubscribes all clients of a region, and resubscribes one just when the region withdraws its interest. */
  private churnSubscribers(region: string, channel: string): void {
    const { world, random, clients, churning } = this;
    const { kernel } = world;
    const name = `${region} ${channel}`;
    const local = clients.filter((client) => client.region === region);
    if (local.length === 0 || churning.has(name)) return;
    churning.add(name);
    for (const client of local) client.unsubscribe(channel);
    let hasReturned = false;
    const resubscribe = (): void => {
      if (hasReturned) return;
      hasReturned = true;
      random.pick(local).subscribe(channel);
      kernel.after(SOLE_SUBSCRIBER_DURATION, () => {
        for (const client of local) client.subscribe(channel);
        churning.delete(name);
      });
    };
    // A subscribe frame usually takes longer than the inbox function takes to read the subscribers.
    world.region(region).inbox.onNextArrival(channel, (delay) => {
      kernel.after(delay + random.between(-60, 10), resubscribe);
    });
    // No message may arrive, or the region may have withdrawn its interest before.
    kernel.after(random.between(0, MAX_CHURN_WAIT), resubscribe);
  }

  /** May take a region out of service: at most one at a time. */
  private disturbRegions(): void {
    const { world, random } = this;
    const { faults, kernel, plan } = world;
    const regions = plan.regions.map((name) => world.region(name));
    const [one = '', other = ''] = random.chance(0.5) ? plan.regions : [...plan.regions].reverse();
    if (faults.occurs('regions-cut', `${one} ${other}`)) world.cut(one, other, random.between(1_000, MAX_OUTAGE));
    if (regions.some(({ isDown, isDrained }) => isDown || isDrained)) return;
    const region = random.pick(regions);
    const time = Math.min(random.between(5_000, MAX_OUTAGE), this.end - kernel.now());
    if (faults.occurs('region-down', region.name)) region.startOutage(time);
    else if (faults.occurs('region-drained', region.name)) void this.drain(region, random.pick(regions), time);
  }

  /** Drains a region as `cdk-realtime drain` and `return` do. */
  private async drain(region: SimRegion, from: SimRegion, time: number): Promise<void> {
    const { kernel } = this.world;
    const mark = { pk: '!drain', sk: region.name };
    const unconditional = undefined;
    region.isDrained = true;
    region.drainedSince = kernel.now();
    from.channels.put({ ...mark, t: kernel.now() }, unconditional, false);
    await region.drain(this.random.between(1_000, 20_000));
    await kernel.sleep(time);
    from.channels.put({ ...mark, t: kernel.now(), r: 1 }, unconditional, false);
    region.isDrained = false;
  }

  /**
   * Sends the same request, with the same idempotency key, until it is answered.
   *
   * @param use times that the key was used before, for other messages
   */
  public async publishByHttp(
    from: string,
    channel: string,
    key = this.world.newId(`${from}-`),
    use = 0,
  ): Promise<void> {
    const { world, random } = this;
    const { kernel } = world;
    if (world.arePublishesHeld) return;
    const ids = [`${key}:${use}`];
    const request = { channel, body: JSON.stringify({ messages: [{ id: ids[0], data: key }] }), idempotencyKey: key };
    world.record({ type: 'publish-begun', channel, from, ids, isKeyed: true });
    const deadline = kernel.now() + PUBLISH_TIMEOUT;
    let region = random.pick(world.members());
    while (kernel.now() < deadline) {
      world.keyedAttempts += 1;
      const answer = world.region(region).publish(world.identityOf(from, 3_600_000), request);
      const hasGivenUp = world.faults.occurs('caller-gave-up', key);
      // The function goes on.
      const outcome = await (hasGivenUp ? Promise.race([answer, kernel.sleep(random.between(100, 1_000))]) : answer);
      if (outcome !== undefined && 'value' in outcome) {
        const { origin, epoch, seqs } = outcome.value;
        world.record({ type: 'publish-acknowledged', channel, origin, epoch, seqs, ids });
        this.reuse(() => this.publishByHttp(from, channel, key, use + 1));
        return;
      }
      await kernel.sleep(hasGivenUp ? random.between(0, 300) : random.between(100, 3_000));
      // DNS may resolve the next attempt to another region.
      if (random.chance(0.3)) region = random.pick(world.members());
    }
  }

  /** May publish other messages with the same key, just after the key is free again: jobs name their keys after the hour or the day. */
  private reuse(publish: () => Promise<void>): void {
    const { world, random } = this;
    const { kernel, plan, faults } = world;
    const wait = plan.retention + random.between(0, 30_000);
    if (!random.chance(0.3) || faults.isStopped || kernel.now() + wait > this.end) return;
    kernel.after(wait, () => void publish());
  }

  /** Schedules `count` runs at random times of the active phase. */
  private spread(count: number, act: () => void): void {
    const { random, world } = this;
    const { activeDuration, hasIdlePeriod } = world.plan;
    for (let i = 0; i < count; i++) {
      const at = random.between(0, 1);
      world.kernel.after(activeDuration * (hasIdlePeriod ? (at < 0.5 ? at / 5 : 1 - (1 - at) / 5) : at), act);
    }
  }

  /** Repeats an action at exponentially distributed intervals until the active phase ends. */
  private repeat(mean: number, act: () => void): void {
    const { kernel } = this.world;
    const next = (): void => {
      const wait = this.random.exponential(mean);
      if (kernel.now() + wait > this.end) return;
      kernel.after(wait, () => {
        act();
        next();
      });
    };
    next();
  }
}
