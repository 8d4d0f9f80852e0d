// The state of one schedule: clock, regions, tokens, and the recorded history.
import type { Identity } from '../../lambda/core/auth/capabilities';
import type { HistoryEvent } from '../../load/checker';
import type { Capabilities } from '../../protocol';
import { Faults } from './faults';
import { Kernel } from '../../load/simulation/kernel';
import { HandoverCounter } from './cursor-handovers';
import type { Plan } from './plan';
import { Random } from './random';
import { type InboxOf, SimRegion } from './region';
import { replicate, type Replication } from './replication';
import { allows, capabilitiesOf, drawRights, fullRights, type Rights } from './rights';
import { describeEvent } from './trace';
import type { EventWithoutTime, WorldServices } from './world-services';

/** How long after a token's expiry a message may still arrive: clock skew, a post with its retries, a slow network. Milliseconds. */
const EXPIRY_TOLERANCE = 20_000;

/** Time until health checks and DNS resolvers react to an outage. Milliseconds. */
const DNS_LAG = 45_000;

/** Milliseconds since 1970. */
export const START = Date.UTC(2026, 0, 1);

export class World implements WorldServices {
  public readonly kernel = new Kernel(START);
  public readonly random: Random;
  public readonly faults: Faults;
  public readonly history: HistoryEvent[] = [];
  public readonly replication: Replication;
  public readonly handovers: HandoverCounter;
  /** Requests with an idempotency key so far. */
  public keyedAttempts = 0;
  /** Whether an operator holds publishes back. */
  public arePublishesHeld = false;
  private readonly regions: ReadonlyMap<string, SimRegion>;
  /** Validity of the tokens, by client. Milliseconds since 1970. */
  private readonly tokens = new Map<string, readonly { readonly from: number; readonly until: number }[]>();
  private ids = 0;
  private readonly rights = new Map<string, Rights>();
  /** Regions that have not joined the network yet, or have left it. */
  private readonly outOfNetwork = new Set<string>();
  /** By two regions: until when the network between them is cut. Milliseconds since 1970. */
  private readonly cuts = new Map<string, number>();

  /** @param trace receives a line for each event */
  public constructor(
    public readonly plan: Plan,
    private readonly trace: ((line: string) => void) | undefined,
  ) {
    this.random = new Random(plan.seed ^ 0x2545f491);
    this.faults = new Faults(this.random.fork(), plan.rates, (line) => {
      this.writeTrace(line);
    });
    const inboxOf: InboxOf = (region, instance) => this.region(region).inbox.of(instance);
    this.regions = new Map(plan.regions.map((name) => [name, new SimRegion(this, name, inboxOf)]));
    if (plan.months?.move?.kind === 'region-added') this.setInService(plan.regions.at(-1) ?? '', false);
    this.replication = replicate(this, [...this.regions.values()]);
    this.handovers = new HandoverCounter(this.replication, (name) => this.region(name));
  }

  public region(name: string): SimRegion {
    const region = this.regions.get(name);
    if (region === undefined) throw new Error(`there is no region ${name}`);
    return region;
  }

  /** The region that the network's address resolves to: the nearest one, or another while that one is down or drained. */
  public regionFor(nearest: string): string {
    const now = this.kernel.now();
    const known = this.plan.regions.filter((region) => !this.outOfNetwork.has(region));
    const others = known.filter((region) => region !== nearest);
    const order = known.includes(nearest) ? [nearest, ...others] : others;
    return order.find((region) => this.region(region).isInServiceAt(now - DNS_LAG)) ?? (order[0] as string);
  }

  /** Adds a region to those that the network's address resolves to, or removes it. */
  public setInService(region: string, isInService: boolean): void {
    if (isInService) this.outOfNetwork.delete(region);
    else this.outOfNetwork.add(region);
  }

  /** The regions that belong to the network now. */
  public members(): readonly string[] {
    return this.plan.regions.filter((region) => !this.outOfNetwork.has(region));
  }

  /** A new token. Only those of servers grant access to `chat:private.…`. */
  public identityOf(clientId: string, life: number): Identity {
    const expires = Math.floor((this.kernel.now() + life) / 1000);
    const until = expires * 1000 + EXPIRY_TOLERANCE;
    this.tokens.set(clientId, [...(this.tokens.get(clientId) ?? []), { from: this.kernel.now(), until }]);
    return { clientId, expires, capabilities: this.capabilitiesOf(clientId) };
  }

  /** The rights of a client, which are drawn when it is first asked for. */
  public rightsOf(clientId: string): Rights {
    const { channels } = this.plan;
    let rights = this.rights.get(clientId);
    if (rights === undefined) {
      const isRestricted = this.faults.occurs('client-restricted', clientId);
      rights = isRestricted ? drawRights(this.random, channels) : fullRights(channels);
      this.rights.set(clientId, rights);
    }
    return rights;
  }

  /** Gives a client other rights than those that would be drawn. */
  public setRights(clientId: string, rights: Rights): void {
    this.rights.set(clientId, rights);
  }

  private capabilitiesOf(clientId: string): Capabilities {
    if (clientId.startsWith('server')) return { 'chat:*': ['subscribe', 'publish', 'history'] };
    return capabilitiesOf(this.rightsOf(clientId), this.plan.channels);
  }

  /** Whether a subscriber's tokens allow a delivery at a time. */
  public mayReceive(subscriber: string, channel: string, t: number): boolean {
    const tokens = this.tokens.get(subscriber) ?? [];
    return (
      allows(this.rightsOf(subscriber), channel, 'subscribe') &&
      tokens.some(({ from, until }) => from <= t && t < until)
    );
  }

  /** @param index the position in the history, if the event precedes others of the same time */
  public record(event: EventWithoutTime, index = this.history.length): void {
    const full = { ...event, t: this.kernel.now() } as HistoryEvent;
    this.history.splice(index, 0, full);
    if (this.trace !== undefined) this.writeTrace(describeEvent(full));
  }

  /** Writes an error that a function logs to the trace. */
  public serverError(message: string, fields: unknown): void {
    this.writeTrace(`server: ${message} ${JSON.stringify(fields)}`);
  }

  /**
   * Deletes the expired rows of replicas. DynamoDB may delete a later message before an earlier one. The log's own region notices
   * that hole at once; a replica notices it only when the earlier message is deleted too. docs/decisions/0010
   */
  public expireReplicas(): void {
    for (const { name, messages } of this.regions.values()) {
      messages.deleteExpired((pk) => pk.includes('#') && !pk.endsWith(`#${name}`));
    }
  }

  public cutUntil(one: string, other: string): number {
    return this.cuts.get([one, other].sort().join(' ')) ?? 0;
  }

  /** Cuts the network between two regions, for messages and replication, in both directions. */
  public cut(one: string, other: string, ms: number): void {
    this.cuts.set([one, other].sort().join(' '), this.kernel.now() + ms);
  }

  public newId(prefix: string): string {
    this.ids += 1;
    return `${prefix}${this.ids}`;
  }

  private writeTrace(line: string): void {
    this.trace?.(`${((this.kernel.now() - START) / 1000).toFixed(3).padStart(10)} ${line}`);
  }
}
