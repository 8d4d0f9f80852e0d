// Losses of stored messages, and what the operator does about them.
import { DynamoDbLogStore } from '../../lambda/adapters/dynamodb/log-store';
import { openNewEpoch } from '../../lambda/core/log/new-epoch';
import { tablesClient } from './document-client';
import { entryIn } from './entry-rows';
import type { Item } from './item';
import type { Incident } from './months-plan';
import type { World } from './world';

/** Longest time in which the regions concerned are out of service. Milliseconds. */
const MAX_OUTAGE = 120_000;
/** How long publishes are held back before the loss, and after the operator has acted. Milliseconds. */
const HOLD = 120_000;
/** Time before the end of the outage at which the operator acts if he acts at once. Milliseconds. */
const OPERATOR_LEAD = 10_000;

/** Prepares and causes one incident of a schedule. */
export class IncidentRun {
  private readonly origin: string;
  /** The items of the backup, by the time of `Incident.loses` before the incident. */
  private backup: readonly Item[] = [];

  public constructor(
    private readonly world: World,
    private readonly incident: Incident,
  ) {
    this.origin = world.random.pick(world.plan.regions);
  }

  public start(): void {
    const { kernel } = this.world;
    const { at, loses, operatorDelay, kind } = this.incident;
    const holdPublishes = (delay: number, areHeld: boolean): void =>
      void kernel.after(delay, () => {
        this.world.arePublishesHeld = areHeld;
      });
    if (operatorDelay > 0) {
      // A publish that began before may be sent again for a minute.
      holdPublishes(at - HOLD, true);
      holdPublishes(at + operatorDelay + HOLD, false);
    }
    kernel.after(at - loses, () => {
      this.prepare();
    });
    kernel.after(at, () => {
      this.world.faults.count(kind, this.origin);
      const outage = this.world.random.between(60_000, MAX_OUTAGE);
      for (const region of this.concerned()) this.world.region(region).startOutage(outage);
      kernel.after(outage / 2, () => {
        this.lose();
        if (operatorDelay > 0) return;
        kernel.after(outage / 2 - OPERATOR_LEAD, () => void this.openNewEpochs());
      });
      if (operatorDelay > 0) kernel.after(operatorDelay, () => void this.openNewEpochs());
    });
  }

  /** The regions whose functions stop meanwhile. */
  private concerned(): readonly string[] {
    return this.incident.kind === 'tables-restored' ? this.world.plan.regions : [this.origin];
  }

  private prepare(): void {
    const { world, incident, origin } = this;
    // A restored table is a new one, with the items of one time, from which replicas are created.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    if (incident.kind === 'tables-restored') this.backup = world.region(origin).messages.items();
    if (incident.kind === 'replica-rebuilt') world.replication.pauseFrom(origin, incident.loses + MAX_OUTAGE);
  }

  private lose(): void {
    const { world, incident, origin } = this;
    const before = new Map(world.plan.regions.map((region) => [region, this.entriesOf(region)]));
    const { messages } = world.region(origin);
    switch (incident.kind) {
      case 'tables-restored':
        for (const region of world.plan.regions) {
          world.replication.discardFrom(region);
          world.region(region).messages.replaceAll(this.backup);
        }
        break;
      case 'replica-rebuilt': {
        // Writes that had not replicated are lost; the new replica gets what the others have.
        world.replication.discardFrom(origin);
        const others = world.plan.regions.filter((region) => region !== origin);
        const items = others.flatMap((region) => world.region(region).messages.items());
        messages.replaceAll([...new Map(items.map((item) => [`${item.pk}\0${item.sk}`, item])).values()]);
        break;
      }
      case 'newest-entry-deleted': {
        const unconditional = undefined;
        for (const channel of world.plan.channels) {
          const newest = this.entriesOf(origin).filter(({ pk }) => pk === `${channel}#${origin}`);
          const { pk, sk } = newest.sort((a, b) => (a.sk < b.sk ? 1 : -1))[0] ?? {};
          if (pk !== undefined && sk !== undefined) messages.delete(pk, sk, unconditional);
        }
      }
    }
    for (const region of world.plan.regions) {
      // No function continues with what it remembers of the lost entries.
      if (this.concerned().includes(region)) world.region(region).recycle();
      const left = new Set(this.entriesOf(region).map(({ pk, sk }) => `${pk} ${sk}`));
      for (const item of before.get(region) ?? []) if (!left.has(`${item.pk} ${item.sk}`)) this.recordRemoved(item);
    }
  }

  /** The entries of a region's own logs. */
  private entriesOf(region: string): Item[] {
    const items = this.world.region(region).messages.items();
    return items.filter(({ pk, sk }) => pk.endsWith(`#${region}`) && !sk.startsWith('!'));
  }

  private recordRemoved(item: Item): void {
    const entry = entryIn(item);
    if (entry === undefined) return;
    const { messages: _, ...places } = entry;
    this.world.record({ type: 'removed', ...places });
  }

  /** As `cdk-realtime epoch new` does: every client is then told that the log began anew. */
  private async openNewEpochs(): Promise<void> {
    const { world } = this;
    for (const origin of this.concerned()) {
      const region = world.region(origin);
      const store = new DynamoDbLogStore(tablesClient(world, { messages: region.messages }), 'messages');
      for (const channel of world.plan.channels)
        await openNewEpoch(store, { channel, origin }, Math.floor(world.kernel.now()));
      region.recycle();
    }
  }
}
