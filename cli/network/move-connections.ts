// Moves the connections of a drained region to other regions: page by page, and in passes until the region is empty.
import type { MoveAnswer } from '../../lib/contract/drain-function';
import { type NetworkControl, reasonOf } from './network-control';

/** The connections of a region. */
export interface RegionLoad {
  /** Undefined when the region could not be asked. */
  readonly connections: number | undefined;
  /** Time in which the connections move. Milliseconds. */
  readonly within: number;
  /** Why the region could not be asked. */
  readonly problem: string | undefined;
}

/** The result of one pass. */
export interface MoveResult extends Omit<MoveAnswer, 'next'> {
  /** Why the pass ended early; undefined when it did not. */
  readonly problem: string | undefined;
}

/** The result of all passes. */
export interface MoveOutcome extends MoveResult {
  /** Whether the last pass found no connections, and DNS does not return the region any more. */
  readonly isEmpty: boolean;
}

export interface MovingDeps {
  readonly control: Pick<NetworkControl, 'count' | 'move'>;
  readonly print: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
}

/** Which connections are to move. */
export interface Moving {
  readonly region: string;
  /** When the region was drained. Milliseconds since 1970. */
  readonly since: number;
  /** Time in which the connections move, from `--within`. Milliseconds. @default - computed from the number of connections */
  readonly fixedWithin: number | undefined;
  /** The connections at the first pass. */
  readonly load: RegionLoad;
  /** Whether to repeat until the region is empty. */
  readonly isRepeated: boolean;
}

/**
 * Time for which DNS returns a region after it was drained: three health checks, one every ten seconds, and a minute for which
 * resolvers cache an answer (docs/decisions/0012-many-regions.md). Milliseconds.
 */
export const DNS_TIME = 90_000;
/** Maximum number of passes. Clients that still connect after them do not use DNS. */
const PASSES = 10;

/** Time to move when the number of connections is unknown: enough for 300,000 at the default connect quota. Milliseconds. */
const SAFE_WITHIN = 900_000;

/**
 * The connections of a region.
 *
 * @param fixed time in which they move, from `--within`. Milliseconds
 */
export async function loadOf(
  control: Pick<NetworkControl, 'count'>,
  region: string,
  fixed: number | undefined,
): Promise<RegionLoad> {
  try {
    const { connections, within } = await control.count(region);
    return { connections, within: fixed ?? within, problem: undefined };
  } catch (error) {
    return { connections: undefined, within: fixed ?? SAFE_WITHIN, problem: reasonOf(error) };
  }
}

/** Moves the connections, in passes until the region is empty. Each pass waits until those of the one before have moved. */
export async function moveAway(deps: MovingDeps, moving: Moving): Promise<MoveOutcome> {
  const { control, print, now, wait } = deps;
  const { region, since, fixedWithin: fixed, isRepeated } = moving;
  let { within } = moving.load;
  let total: MoveResult = { moved: 0, gone: 0, failed: 0, problem: undefined };
  for (let pass = 1; ; pass += 1) {
    const isSettled = now() - since >= DNS_TIME;
    const found = await tellAll(deps, region, within);
    // The next pass finds connections that could not be reached, so only the last number of failures counts.
    total = { ...found, moved: total.moved + found.moved, gone: total.gone + found.gone };
    const isEmpty = isSettled && found.problem === undefined && found.moved + found.failed === 0;
    if (isEmpty || !isRepeated || found.problem !== undefined || pass === PASSES) return { ...total, isEmpty };
    print(
      `  next pass in ${Math.ceil((within + DNS_TIME) / 1000)} s, for clients that connect until then (Ctrl-C stops; the region stays drained)`,
    );
    await wait(within + DNS_TIME);
    ({ within } = await loadOf(control, region, fixed));
  }
}

/** One pass over all connections, page by page. */
async function tellAll(
  { control, print }: Pick<MovingDeps, 'control' | 'print'>,
  region: string,
  within: number,
): Promise<MoveResult> {
  let total: MoveResult = { moved: 0, gone: 0, failed: 0, problem: undefined };
  let next: string | undefined;
  do {
    try {
      const page = await control.move(region, within, next);
      total = add(total, page);
      ({ next } = page);
    } catch (error) {
      return { ...total, problem: reasonOf(error) };
    }
    print(`  asked ${total.moved} to move`);
  } while (next !== undefined);
  return total;
}

function add(total: MoveResult, { moved, gone, failed }: MoveAnswer): MoveResult {
  return { ...total, moved: total.moved + moved, gone: total.gone + gone, failed: total.failed + failed };
}
