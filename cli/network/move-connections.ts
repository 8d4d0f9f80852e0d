// Telling the connections of a region to move: how many there are, in how much time they can, page by page, and again until
// nobody is left.
import type { MoveAnswer } from '../../lib/contract/drain-function';
import { type NetworkControl, why } from './network-control';

/** The connections of a region. */
export interface Load {
  /** Undefined when the region does not tell. */
  readonly connections: number | undefined;
  /** In how much time they are to move. Milliseconds. */
  readonly within: number;
  /** Why it does not tell. */
  readonly problem: string | undefined;
}

/** What connections were told, and why that ended early, if it did. */
export interface Told extends Omit<MoveAnswer, 'next'> {
  readonly problem: string | undefined;
}

/** What became of all that were told, pass by pass. */
export interface Outcome extends Told {
  /** Whether the last pass found nobody, and nobody is led there any more. */
  readonly isEmpty: boolean;
}

/** What moving connections needs of the world. */
export interface MovingDeps {
  readonly control: Pick<NetworkControl, 'count' | 'tell'>;
  readonly say: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
}

/** Which connections are to move. */
export interface Moving {
  readonly region: string;
  /** Since when it is drained. Milliseconds since 1970. */
  readonly since: number;
  /** In how much time they are to move, whatever the region says. Milliseconds. */
  readonly fixed: number | undefined;
  /** What the region told already. */
  readonly load: Load;
  /** Whether those that come meanwhile are told, too. */
  readonly isRepeated: boolean;
}

/**
 * So long DNS leads clients to a region after it was drained: three health checks, one every ten seconds, and a minute for which
 * resolvers keep an answer (docs/decisions/0012-many-regions.md). Milliseconds.
 */
export const DNS_TIME = 90_000;
/** Who still comes after so many passes does not go by DNS. */
const PASSES = 10;

/** Where nobody tells how many connections there are: enough for 300,000 at the quota that an account has at first. Milliseconds. */
const SAFE_WITHIN = 900_000;

/** @param fixed in how much time they are to move, whatever the region says. Milliseconds */
export async function loadOf(
  control: Pick<NetworkControl, 'count'>,
  region: string,
  fixed: number | undefined,
): Promise<Load> {
  try {
    const { connections, within } = await control.count(region);
    return { connections, within: fixed ?? within, problem: undefined };
  } catch (error) {
    return { connections: undefined, within: fixed ?? SAFE_WITHIN, problem: why(error) };
  }
}

/** Tells them, and after those have moved whoever has come meanwhile, until nobody does. */
export async function moveAway(deps: MovingDeps, moving: Moving): Promise<Outcome> {
  const { control, say, now, wait } = deps;
  const { region, since, fixed, isRepeated } = moving;
  let { within } = moving.load;
  let told: Told = { moved: 0, gone: 0, failed: 0, problem: undefined };
  for (let pass = 1; ; pass += 1) {
    const isSettled = now() - since >= DNS_TIME;
    const found = await tellAll(deps, region, within);
    // Who could not be told is found again.
    told = { ...found, moved: told.moved + found.moved, gone: told.gone + found.gone };
    const isEmpty = isSettled && found.problem === undefined && found.moved + found.failed === 0;
    if (isEmpty || !isRepeated || found.problem !== undefined || pass === PASSES) return { ...told, isEmpty };
    say(
      `  again in ${Math.ceil((within + DNS_TIME) / 1000)} s, for those that come meanwhile (Ctrl-C: leave it at that)`,
    );
    await wait(within + DNS_TIME);
    ({ within } = await loadOf(control, region, fixed));
  }
}

/** A page after the other. */
async function tellAll(
  { control, say }: Pick<MovingDeps, 'control' | 'say'>,
  region: string,
  within: number,
): Promise<Told> {
  let told: Told = { moved: 0, gone: 0, failed: 0, problem: undefined };
  let next: string | undefined;
  do {
    try {
      const page = await control.tell(region, within, next);
      told = add(told, page);
      ({ next } = page);
    } catch (error) {
      return { ...told, problem: why(error) };
    }
    say(`  told ${told.moved}`);
  } while (next !== undefined);
  return told;
}

function add(told: Told, { moved, gone, failed }: MoveAnswer): Told {
  return { ...told, moved: told.moved + moved, gone: told.gone + gone, failed: told.failed + failed };
}
