// Counts handovers: a client sends a cursor that one region gave it to another. Every state of replication between the two regions
// must be covered.
import type { Cursor } from '../../protocol';
import type { Replication } from './replication';
import type { RegionStatus } from './world-services';

/**
 * Whether the second region has every message that the cursor covers (`caught-up`, else `behind`), followed by the fault that
 * delays replication, or did.
 */
export const HANDOVERS = [
  'caught-up',
  'caught-up-paused',
  'caught-up-region-down',
  'caught-up-region-back',
  'caught-up-region-drained',
  'behind',
  'behind-paused',
  'behind-region-down',
  'behind-region-back',
  'behind-region-drained',
  /** Handovers of the rows above that led to a third region. */
  'to-third-region',
] as const;
export type Handover = (typeof HANDOVERS)[number];

/** A cursor of a subscriber, and the region that answered it. */
export interface AnsweredCursor {
  readonly subscriber: string;
  readonly channel: string;
  readonly region: string;
  readonly cursor: Cursor;
}

/** Counts the handovers of one schedule. */
export class HandoverCounter {
  public readonly counts = Object.fromEntries(HANDOVERS.map((handover) => [handover, 0])) as Record<Handover, number>;
  /** By subscriber and channel: the region that answered last, and the region before it. */
  private readonly lastRegions = new Map<string, { readonly last: string; readonly before: string | undefined }>();

  public constructor(
    private readonly replication: Replication,
    private readonly regionOf: (name: string) => RegionStatus,
  ) {}

  /** Records that a region has answered a subscriber's cursor. */
  public record({ subscriber, channel, region, cursor }: AnsweredCursor): void {
    const name = `${subscriber} ${channel}`;
    const known = this.lastRegions.get(name);
    if (known?.last === region) return;
    this.lastRegions.set(name, { last: region, before: known?.last });
    if (known === undefined) return;
    this.counts[this.stateOf(channel, cursor, { from: known.last, to: region })] += 1;
    if (known.before !== undefined && known.before !== region) this.counts['to-third-region'] += 1;
  }

  private stateOf(channel: string, cursor: Cursor, { from, to }: { from: string; to: string }): Handover {
    const { isBehind, isPaused } = this.replication.stateOf(channel, cursor, to);
    const { isDown, downSince, isDrained } = this.regionOf(from);
    const state = isBehind ? 'behind' : 'caught-up';
    if (isDown) return `${state}-region-down`;
    if (isDrained) return `${state}-region-drained`;
    if (isPaused) return `${state}-paused`;
    return downSince > 0 ? `${state}-region-back` : state;
  }
}
