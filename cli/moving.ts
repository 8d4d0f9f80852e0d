// Telling the connections of a region to move: how many there are, in how much time they can, and page by page.
import { type MovedPage, type NetworkControl, why } from './network-control';

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
export interface Told extends Omit<MovedPage, 'next'> {
  readonly problem: string | undefined;
}

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

/** A page after the other. */
export async function tellAll(
  control: Pick<NetworkControl, 'tell'>,
  region: string,
  within: number,
  say: (text: string) => void,
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

function add(told: Told, { moved, gone, failed }: MovedPage): Told {
  return { ...told, moved: told.moved + moved, gone: told.gone + gone, failed: told.failed + failed };
}
