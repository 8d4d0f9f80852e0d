import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RealtimeError } from '../protocol';

/** What a running `dev` leaves for the other commands, in the folder where it was started. */
export interface DevState {
  readonly pid: number;
  /** Where tokens are to be had. */
  readonly page: string;
  readonly regions: readonly {
    readonly region: string;
    readonly ws: string;
    readonly http: string;
    readonly aws: string;
  }[];
}

const file = (): string => path.join(process.cwd(), '.cdk-realtime', 'dev.json');

export function writeDevState(state: DevState): void {
  mkdirSync(path.dirname(file()), { recursive: true });
  writeFileSync(file(), JSON.stringify(state, undefined, 2));
}

export function removeDevState(): void {
  rmSync(file(), { force: true });
}

/**
 * The running local cloud.
 *
 * @throws RealtimeError local_unreachable when there is none in this folder
 */
export function readDevState(): DevState {
  if (!existsSync(file())) throw new RealtimeError('local_unreachable', `Looked for ${file()}.`);
  return JSON.parse(readFileSync(file(), 'utf8')) as DevState;
}

/**
 * Calls the page server of the running local cloud.
 *
 * @throws RealtimeError local_unreachable
 */
export async function fetchFromDev(pathAndQuery: string): Promise<unknown> {
  const { page } = readDevState();
  try {
    const response = await fetch(new URL(pathAndQuery, page));
    return await response.json();
  } catch (cause) {
    throw new RealtimeError('local_unreachable', `${page} does not answer.`, { cause });
  }
}
