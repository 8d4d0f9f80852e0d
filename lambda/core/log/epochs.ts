// How long entries, epochs and headers of a log are kept. docs/decisions/0007 and 0010 explain the rules.
import type { LogHeader } from './log-store';

/** Time between the end of an entry's retention and the moment from which the database may delete it. Milliseconds. */
export const DELETE_GRACE = 3_600_000;
/**
 * A writer continues an epoch only while its newest entry is at least this far from deletion. The margin is longer than a
 * function's timeout plus clock skew, so that no writer continues an epoch that another writer already found empty. For the
 * same reason, an attempt stores nothing later than this after it began. Milliseconds.
 */
export const EPOCH_MARGIN = 300_000;
/** Time that a header is kept after the retention that follows its epoch's opening. Milliseconds. */
export const HEADER_GRACE = 30 * 86_400_000;

/**
 * The `previous` of an epoch that an operator opened: no cursor has an epoch of this name, so no position counts as the end of
 * the epoch before.
 */
export const UNKNOWN_PREVIOUS = 'unknown';

/** The name of an epoch that opens now: nine characters of base 36, which sort by time, as the database sorts text. */
export function epochAt(now: number): string {
  return now.toString(36).padStart(9, '0');
}

/** The header of an epoch that opens now. */
export function newHeader(now: number, retention: number, previous: string | undefined): LogHeader {
  return { epoch: epochAt(now), previous, ts: now, deleteAfter: now + retention + DELETE_GRACE + HEADER_GRACE };
}

/**
 * Whether the database can't have deleted anything of the header's epoch yet, whatever retention it was written with.
 * Writers begin an epoch only for a shorter time, so that none begins an epoch that a reader already found ended.
 */
export function isIntact(header: LogHeader, now: number): boolean {
  return now < header.ts + DELETE_GRACE;
}

/** Whether a writer may still write the first entry of an epoch that was opened but has no entries. */
export function isOpenForFirstEntry(header: LogHeader, now: number): boolean {
  return now < header.ts + DELETE_GRACE - 2 * EPOCH_MARGIN;
}

/**
 * Whether the database may have deleted the header of an epoch, whatever retention it was opened with. Judged by the opening time
 * in the epoch's name.
 */
export function mayHaveLostHeader(epoch: string, now: number): boolean {
  return now >= openingOf(epoch) + DELETE_GRACE + HEADER_GRACE;
}

/** The retention that an epoch was opened with. The namespace may have another one by now. Milliseconds. */
export function retentionOf({ ts, deleteAfter }: LogHeader): number {
  return deleteAfter - ts - DELETE_GRACE - HEADER_GRACE;
}

/** When an epoch was opened. Milliseconds since 1970. */
export function openingOf(epoch: string): number {
  return Number.parseInt(epoch, 36);
}
