// One schedule: everything that takes part in it, and what was seen.
import type { Identity } from '../../lambda/core/auth/capabilities';
import type { HistoryEvent } from '../../load/checker';
import { Faults } from './faults';
import { Kernel } from '../../load/simulation/kernel';
import { Moves } from './moves';
import type { Plan } from './plan';
import { Random } from './random';
import { SimRegion } from './region';
import { replicate, type Replication } from './replication';
import { lineOf } from './trace';

type Recorded<E = HistoryEvent> = E extends HistoryEvent ? Omit<E, 't'> : never;

/** Clocks that differ, a post with its retries, and a slow network. Milliseconds. */
const ON_ITS_WAY = 20_000;

/** Until health checks and resolvers have noticed. Milliseconds. */
const DNS_LAG = 45_000;

export const START = Date.UTC(2026, 0, 1);

export class World {
  public readonly kernel = new Kernel(START);
  public readonly random: Random;
  public readonly faults: Faults;
  public readonly history: HistoryEvent[] = [];
  public readonly replication: Replication;
  public readonly moves: Moves;
  private readonly regions: ReadonlyMap<string, SimRegion>;
  /** When the tokens of each are good. Milliseconds since 1970. */
  private readonly tokens = new Map<string, readonly { readonly from: number; readonly until: number }[]>();
  private ids = 0;

  /** @param trace gets a line for each thing that happens */
  public constructor(
    public readonly plan: Plan,
    private readonly trace: ((line: string) => void) | undefined,
  ) {
    this.random = new Random(plan.seed ^ 0x2545f491);
    this.faults = new Faults(this.random.fork(), plan.rates, (line) => {
      this.tell(line);
    });
    this.regions = new Map(plan.regions.map((name) => [name, new SimRegion(this, name)]));
    this.replication = replicate(this, [...this.regions.values()]);
    this.moves = new Moves(this);
  }

  public region(name: string): SimRegion {
    const region = this.regions.get(name);
    if (region === undefined) throw new Error(`there is no region ${name}`);
    return region;
  }

  /**
   * Where the network's address leads somebody whose nearest region this is: elsewhere, once that has been down for a
   * while, or has been drained.
   */
  public routes(nearest: string): string {
    const now = this.kernel.now();
    const others = this.plan.regions.filter((region) => region !== nearest);
    return [nearest, ...others].find((region) => this.region(region).serves(now - DNS_LAG)) ?? nearest;
  }

  /** A new token for somebody. Nobody but servers may do anything with `chat:private.…`. */
  public identityOf(clientId: string, life: number): Identity {
    const expires = Math.floor((this.kernel.now() + life) / 1000);
    const until = expires * 1000 + ON_ITS_WAY;
    this.tokens.set(clientId, [...(this.tokens.get(clientId) ?? []), { from: this.kernel.now(), until }]);
    const pattern = clientId.startsWith('server') ? 'chat:*' : 'chat:room.*';
    return { clientId, expires, capabilities: { [pattern]: ['subscribe', 'publish', 'history'] } };
  }

  /** Whether somebody may be given a message of a channel: as long as a token says so, and what was on its way then. */
  public mayReceive(subscriber: string, channel: string, t: number): boolean {
    const tokens = this.tokens.get(subscriber) ?? [];
    return channel.startsWith('chat:room.') && tokens.some(({ from, until }) => from <= t && t < until);
  }

  /** @param place before which other event of this moment it belongs */
  public record(event: Recorded, place = this.history.length): void {
    const full = { ...event, t: this.kernel.now() } as HistoryEvent;
    this.history.splice(place, 0, full);
    if (this.trace !== undefined) this.tell(lineOf(full));
  }

  /** What functions log as an error: worth a line of the trace. */
  public serverError(message: string, fields: unknown): void {
    this.tell(`server: ${message} ${JSON.stringify(fields)}`);
  }

  /**
   * What a region has of others' logs is deleted as far as it has expired. Only then does it tell there that later messages
   * were deleted before an earlier one; in a log's own region that is told at once. docs/decisions/0010
   */
  public replicasCatchUp(): void {
    for (const { name, messages } of this.regions.values()) {
      messages.deleteExpired((pk) => pk.includes('#') && !pk.endsWith(`#${name}`));
    }
  }

  public newId(prefix: string): string {
    this.ids += 1;
    return `${prefix}${this.ids}`;
  }

  private tell(line: string): void {
    this.trace?.(`${((this.kernel.now() - START) / 1000).toFixed(3).padStart(10)} ${line}`);
  }
}
