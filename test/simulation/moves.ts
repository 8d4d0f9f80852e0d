// Whether schedules visit what they are made for: a cursor of one region, answered by another, in each state that replication
// between them can be in.
import type { Cursor } from '../../protocol';
import type { World } from './world';

/** Whether all that the cursor knows of is there, and what holds up the rest, or did. */
export const MOVES = [
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
  /** Of them, those that did not lead back, but on to a third region. */
  'onward',
] as const;
export type Move = (typeof MOVES)[number];

/** Counts those of one schedule. */
export class Moves {
  public readonly counts = Object.fromEntries(MOVES.map((move) => [move, 0])) as Record<Move, number>;
  /** By subscriber and channel: the region that answered last, and the other one before. */
  private readonly answered = new Map<string, { readonly last: string; readonly before: string | undefined }>();

  public constructor(private readonly world: World) {}

  /** A region has answered somebody who came with a cursor. */
  public take(subscriber: string, channel: string, region: string, cursor: Cursor): void {
    const name = `${subscriber} ${channel}`;
    const known = this.answered.get(name);
    if (known?.last === region) return;
    this.answered.set(name, { last: region, before: known?.last });
    if (known === undefined) return;
    this.counts[this.stateOf(channel, known.last, region, cursor)] += 1;
    if (known.before !== undefined && known.before !== region) this.counts.onward += 1;
  }

  private stateOf(channel: string, from: string, to: string, cursor: Cursor): Move {
    const { isBehind, isPaused } = this.world.replication.stateOf(channel, cursor, to);
    const { isDown, downSince, isDrained } = this.world.region(from);
    const state = isBehind ? 'behind' : 'caught-up';
    if (isDown) return `${state}-region-down`;
    if (isDrained) return `${state}-region-drained`;
    if (isPaused) return `${state}-paused`;
    return downSince > 0 ? `${state}-region-back` : state;
  }
}
