// Who does what in a schedule: applications that subscribe, publish, drop, reload and move, and servers that publish by HTTP.
import { SimClient } from './client';
import type { Random } from './random';
import type { SimRegion } from './region';
import type { World } from './world';

/** A channel that only servers may use. */
const PRIVATE = 'chat:private.0';
/** How long a region is out of service, at most. Milliseconds. */
const MAX_OUTAGE = 120_000;
/** How often all of some region leave some channel, unless they have just done so. Milliseconds. */
const FLICKER = 500;
/** Who came back is alone for so long: until what is published in other regions must have come. Milliseconds. */
const ALONE = 15_000;
/** Who waits for something to come back for comes back after this long. Milliseconds. */
const MAX_AWAY = 20_000;
/** A server gives up on a publish after this long. Milliseconds. */
const SERVER_PATIENCE = 60_000;

/** Everybody in a schedule. */
export class Workload {
  public readonly clients: SimClient[];
  private readonly random: Random;
  /** Regions and channels that everybody has left, or where somebody is alone. */
  private readonly flickering = new Set<string>();
  private readonly end: number;

  public constructor(private readonly world: World) {
    const { plan, random, kernel } = world;
    this.random = random.fork();
    this.end = kernel.now() + plan.storm;
    this.clients = Array.from(
      { length: plan.subscribers },
      (_, i) => new SimClient(world, `client${i}`, plan.tokenLife),
    );
  }

  public start(): void {
    const { world, random, clients } = this;
    const { plan, kernel } = world;
    for (const client of clients) {
      for (const channel of plan.channels) {
        if (random.chance(0.7))
          kernel.after(random.between(0, plan.storm / 4), () => {
            client.subscribe(channel);
          });
      }
      // Everybody tries; nobody may.
      if (random.chance(0.3))
        kernel.after(random.between(0, plan.storm), () => {
          client.subscribe(PRIVATE);
        });
      this.every(plan.storm / 60, () => {
        this.disturb(client);
      });
    }
    if (plan.regions.length > 1) this.every(plan.storm / 30, () => this.disturbRegions());
    if (plan.flickers)
      this.every(FLICKER, () => {
        this.flicker(random.pick(plan.regions), random.pick(plan.channels));
      });
    for (let i = 0; i < plan.publishers; i++) {
      const client = random.pick(clients);
      this.times(plan.messages, () => {
        const channel = random.pick(plan.channels);
        // One after another, without waiting: they are sent together.
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
    for (let i = 0; i < plan.servers; i++) {
      this.times(plan.messages / 4, () => {
        void this.publishByHttp(`server${i}`, random.pick([...plan.channels, PRIVATE]));
      });
    }
  }

  /** Something happens to an application. */
  private disturb(client: SimClient): void {
    const { world, random } = this;
    const { faults, plan } = world;
    if (faults.strikes('connection-reset', client.name)) client.breakConnections('reset');
    if (faults.strikes('connection-half-open', client.name)) client.breakConnections('half-open');
    // Out of reach, for up to the rest of the storm: in a tunnel, or switched off for the night.
    if (faults.strikes('client-away', client.name)) client.goAway(random.between(0, this.end - world.kernel.now()));
    if (plan.regions.length > 1 && faults.strikes('client-moved', client.name)) {
      client.region = random.pick(plan.regions);
      client.reconnect();
    }
    if (faults.strikes('client-reloaded', client.name)) client.reload();
    if (random.chance(0.05)) {
      const direction = random.chance(0.5) ? 'forwards' : 'backwards';
      client.readHistory(random.pick(plan.channels), direction, random.integer(5, 30));
    }
    if (random.chance(0.01)) {
      const channel = random.pick(plan.channels);
      client.unsubscribe(channel);
      world.kernel.after(random.between(0, 5_000), () => {
        client.subscribe(channel);
      });
    }
  }

  /** All of a region leave a channel, and one comes back just when the region finds that nobody is left there. */
  private flicker(region: string, channel: string): void {
    const { world, random, clients, flickering } = this;
    const { kernel } = world;
    const name = `${region} ${channel}`;
    const local = clients.filter((client) => client.region === region);
    if (local.length === 0 || flickering.has(name)) return;
    flickering.add(name);
    for (const client of local) client.unsubscribe(channel);
    let isBack = false;
    const comeBack = (): void => {
      if (isBack) return;
      isBack = true;
      random.pick(local).subscribe(channel);
      kernel.after(ALONE, () => {
        for (const client of local) client.subscribe(channel);
        flickering.delete(name);
      });
    };
    // A frame takes longer than the inbox's function does to look for subscribers, most of the time.
    world.region(region).inbox.whenNext(channel, (delay) => {
      kernel.after(delay + random.between(-60, 10), comeBack);
    });
    // Nobody else may send anything, or it may have been found before that nobody is left.
    kernel.after(random.between(0, MAX_AWAY), comeBack);
  }

  /** Something happens to a region: at most one at a time is out of service. */
  private disturbRegions(): void {
    const { world, random } = this;
    const { faults, kernel, plan } = world;
    const regions = plan.regions.map((name) => world.region(name));
    if (regions.some(({ isDown, isDrained }) => isDown || isDrained)) return;
    const region = random.pick(regions);
    const time = Math.min(random.between(5_000, MAX_OUTAGE), this.end - kernel.now());
    if (faults.strikes('region-down', region.name)) region.goDown(time);
    else if (faults.strikes('region-drained', region.name)) void this.drain(region, random.pick(regions), time);
  }

  /** As the command line does it: mark, move, and later say that it is back. */
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

  /** A server that does not give up: it sends the same request, with the same key, until it has an answer. */
  private async publishByHttp(from: string, channel: string): Promise<void> {
    const { world, random } = this;
    const { kernel, plan } = world;
    const key = world.newId(`${from}-`);
    const ids = [`${key}:0`];
    const request = { channel, body: JSON.stringify({ messages: [{ id: ids[0], data: key }] }), idempotencyKey: key };
    world.record({ type: 'publish-begun', channel, from, ids });
    const patience = kernel.now() + SERVER_PATIENCE;
    let region = random.pick(plan.regions);
    while (kernel.now() < patience) {
      const outcome = await world.region(region).publish(world.identityOf(from, 3_600_000), request);
      if ('value' in outcome) {
        const { origin, epoch, seqs } = outcome.value;
        world.record({ type: 'publish-acknowledged', channel, origin, epoch, seqs, ids });
        return;
      }
      await kernel.sleep(random.between(100, 3_000));
      // Without an answer, the next attempt may be led elsewhere.
      if (random.chance(0.3)) region = random.pick(plan.regions);
    }
  }

  private times(count: number, act: () => void): void {
    const { random, world } = this;
    const { storm, quiet } = world.plan;
    for (let i = 0; i < count; i++) {
      const at = random.between(0, 1);
      world.kernel.after(storm * (quiet ? (at < 0.5 ? at / 5 : 1 - (1 - at) / 5) : at), act);
    }
  }

  private every(mean: number, act: () => void): void {
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
