import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RealtimeError, type WireError } from '../../protocol';
import type { NetworkMetadata } from '../../lib/contract/template-metadata';

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
    /** Absent when it is no part of a network of many regions. */
    readonly network?: NetworkMetadata;
    /** Absent when no domain leads to it. */
    readonly domain?: string;
  }[];
}

const file = (): string => path.join(process.cwd(), '.cdk-realtime', 'dev.json');

export function writeDevState(state: DevState): void {
  mkdirSync(path.dirname(file()), { recursive: true });
  writeFileSync(file(), JSON.stringify(state, undefined, 2));
}

/** Only our own: another `dev` may have been started here since. */
export function removeDevState(): void {
  try {
    if (readDevState().pid === process.pid) rmSync(file(), { force: true });
  } catch {
    // Gone, or not ours to read: nothing to remove.
  }
}

/**
 * The running local cloud.
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
 * @param body makes it a POST
 *
 * @throws RealtimeError local_unreachable, or what it answers
 */
export async function fetchFromDev<T extends object>(pathAndQuery: string, body?: object): Promise<T> {
  const { page } = readDevState();
  let answer: T | { readonly error: WireError };
  try {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(new URL(pathAndQuery, page), body === undefined ? {} : post);
    answer = (await response.json()) as T | { readonly error: WireError };
  } catch (cause) {
    // A process that was killed leaves its file behind.
    const what = `${page} does not answer, although ${file()} names it: it has ended, or hangs.`;
    throw new RealtimeError('local_unreachable', `${what} Run \`npx cdk-realtime dev\` again.`, { cause });
  }
  if ('error' in answer) throw RealtimeError.fromWire(answer.error);
  return answer;
}
