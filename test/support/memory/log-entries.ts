// Entries of a log for tests, at fixed times.
import { epochAt } from '../../../lambda/core/log/epochs';
import type { Entry } from '../../../lambda/core/log/log-store';
import { HOUR, MemoryLogs } from './memory';

export const KEY = { channel: 'chat:a', origin: 'eu-west-1' };
export const T = Date.UTC(2026, 0, 1);
export const EPOCH = epochAt(T);
export const NEXT_EPOCH = epochAt(T + 10 * HOUR);
export const FAR = T + 1_000 * HOUR;

/** An entry of `count` messages. */
export function entry(seq: number, more: Partial<Entry> = {}, count = 1): Entry {
  const messages = Array.from({ length: count }, (_, i) => ({ id: `m${seq + i}`, data: seq + i, enc: 'json' }));
  return { epoch: EPOCH, seq, ts: T + seq, from: 'ada', messages, deleteAfter: FAR, previousDeleteAfter: 0, ...more };
}

export async function logOf(...entries: Entry[]): Promise<MemoryLogs> {
  const logs = new MemoryLogs();
  for (const one of entries) await logs.append(KEY, one);
  return logs;
}
