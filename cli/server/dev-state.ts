import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RealtimeError, type WireError } from '../../protocol';
import type { NetworkMetadata } from '../../lib/contract/template-metadata';

/** State of a running `dev`, which it writes to the folder where it was started, for the other commands. */
export interface DevState {
  readonly pid: number;
  /** URL of the page server, which mints tokens. */
  readonly page: string;
  readonly regions: readonly {
    readonly region: string;
    readonly ws: string;
    readonly http: string;
    readonly aws: string;
    /** Absent when the region belongs to no network of several regions. */
    readonly network?: NetworkMetadata;
    /** Domain of the network. Absent without one. */
    readonly domain?: string;
  }[];
}

const file = (): string => path.join(process.cwd(), '.cdk-realtime', 'dev.json');

export function writeDevState(state: DevState): void {
  mkdirSync(path.dirname(file()), { recursive: true });
  writeFileSync(file(), JSON.stringify(state, undefined, 2));
}

/** Removes the state of this process. Another `dev` may have been started in this folder since. */
export function removeDevState(): void {
  try {
    if (readDevState().pid === process.pid) rmSync(file(), { force: true });
  } catch {
    // The file does not exist or is not readable.
  }
}

/**
 * Reads the state of the local cloud that runs in this folder.
 *
 * @throws RealtimeError local_unreachable when there is none in this folder
 */
export function readDevState(): DevState {
  if (!existsSync(file())) {
    throw new RealtimeError('local_unreachable', `Run \`npx cdk-realtime dev\` in this folder. Looked for ${file()}.`);
  }
  try {
    return JSON.parse(readFileSync(file(), 'utf8')) as DevState;
  } catch (cause) {
    throw new RealtimeError('local_unreachable', `${file()} can't be read.`, { cause });
  }
}

/**
 * Calls the page server of the running local cloud.
 *
 * @param body JSON body of a POST request. @default - a GET request
 * @throws RealtimeError local_unreachable, or the error of the response
 */
export async function fetchFromDev<T extends object>(pathAndQuery: string, body?: object): Promise<T> {
  const { page } = readDevState();
  let answer: T | { readonly error: WireError };
  try {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(new URL(pathAndQuery, page), body === undefined ? {} : post);
    answer = (await response.json()) as T | { readonly error: WireError };
  } catch (cause) {
    // A killed process does not remove its file.
    const what = `${page} of ${file()} does not answer: the process has ended, or hangs.`;
    throw new RealtimeError('local_unreachable', `${what} Run \`npx cdk-realtime dev\` again.`, { cause });
  }
  if ('error' in answer) throw RealtimeError.fromWire(answer.error);
  return answer;
}
