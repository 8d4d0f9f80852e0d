import type { MovePush } from '../../../../protocol';

/** A socket, and how it came about. */
export interface Line {
  readonly socket: number;
  /** It was begun because a server said to move. */
  readonly isMove: boolean;
  /** How long it may be used: its token tells. Milliseconds. */
  life: number;
  /** The addresses that are tried, and since when; none as long as there is no token. */
  urls: readonly string[];
  since: number;
  /** The address that it has, once it is open. */
  url: string | undefined;
  /** Something has come from it. */
  heard: boolean;
  /** It is to move on, once it is in use. */
  told: MovePush | undefined;
  region: string | undefined;
}

export function newLine(socket: number, isMove: boolean): Line {
  const nothing = { url: undefined, told: undefined, region: undefined };
  return { socket, isMove, life: 0, urls: [], since: 0, heard: false, ...nothing };
}
