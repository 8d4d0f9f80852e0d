// One region of several in memory: the interest of the others, and their inboxes.
import { PEER_TIMEOUT, Peers } from '../../../lambda/core/regions/peers';
import type { Inbox, InterestStore } from '../../../lambda/core/regions/ports';
import type { MessagesPush } from '../../../protocol';
import { memoryWorld, type MemoryWorld, type TestRuntime } from './memory';

/** Interest of the regions, replicated without delay. */
export class MemoryInterest implements InterestStore {
  public lookups = 0;
  public readonly writes: string[] = [];
  public isOut = false;
  /** Runs between the read and the delete of `withdrawInterest`. */
  public beforeWithdraw: () => Promise<void> | void = () => undefined;

  public constructor(
    private readonly region: string,
    public readonly notes = new Map<string, Map<string, number>>(),
  ) {}

  public interested(channel: string): Promise<ReadonlyMap<string, number>> {
    this.lookups += 1;
    return this.isOut ? Promise.reject(new Error('out')) : Promise.resolve(new Map(this.notes.get(channel)));
  }
  public noted(channel: string): Promise<number | undefined> {
    this.lookups += 1;
    return Promise.resolve(this.notes.get(channel)?.get(this.region));
  }
  public note(channel: string, until: number): Promise<void> {
    this.writes.push(`note ${channel}`);
    const notes = this.notes.get(channel) ?? new Map<string, number>();
    this.notes.set(channel, notes.set(this.region, until));
    return Promise.resolve();
  }
  public async withdraw(channel: string, until: number): Promise<void> {
    await this.beforeWithdraw();
    this.writes.push(`withdraw ${channel}`);
    const notes = this.notes.get(channel);
    if (notes?.get(this.region) === until) notes.delete(this.region);
  }
}

/** Keeps the pushes that were sent to a region, and injects faults. */
export class MemoryInbox implements Inbox {
  public readonly sent: MessagesPush[] = [];
  public attempts = 0;
  /** Every send times out. */
  public isOut = false;
  /** Number of sends that fail immediately. */
  public resets = 0;

  public constructor(private readonly runtime: TestRuntime) {}

  public send(push: MessagesPush): Promise<void> {
    this.attempts += 1;
    if (this.resets > 0) {
      this.resets -= 1;
      return Promise.reject(new Error('ECONNRESET'));
    }
    if (this.isOut) {
      this.runtime.time += PEER_TIMEOUT;
      return Promise.reject(new Error('TimeoutError'));
    }
    this.sent.push(push);
    return Promise.resolve();
  }
}

export interface PeeredWorld extends MemoryWorld {
  readonly peers: Peers;
  readonly interest: MemoryInterest;
  readonly inboxes: ReadonlyMap<string, MemoryInbox>;
}

/** The region `eu-west-1`, with the given peers. */
export function peeredWorld(...others: readonly string[]): PeeredWorld {
  const world = memoryWorld();
  const interest = new MemoryInterest(world.origin);
  const inboxes = new Map(others.map((region) => [region, new MemoryInbox(world.runtime)] as const));
  const peers = new Peers({ inboxes, interest, runtime: world.runtime, logger: world.logger });
  return { ...world, origins: [world.origin, ...others], interest, inboxes, peers };
}
