// The search for another attempt of a publish, whose answer was lost or whose caller gave up. docs/decisions/0010
import type { Entry, LogKey, LogStore } from './log-store';
import { mayHaveMore } from './message-pages';
import { type Tail, tailAfter } from './tail';

/** Sequence numbers that the search for a retried publish goes back from the log's end. */
export const LOOK_BACK = 200;
/** Entries of one read. */
const PAGE = 100;

export interface Search {
  readonly key: LogKey;
  /** The tail before the first attempt: the search begins in its epoch. */
  readonly tail: Tail;
  /** The first sequence number to examine. @default - that of the tail */
  readonly from?: number;
  /** Whether an entry holds the publish. */
  readonly isAttempt: (entry: Entry) => boolean;
  /** No attempt can have been stored after this. Milliseconds since 1970. @default - an attempt may be anywhere */
  readonly until?: number;
  /** Most entries, and bytes of messages, to read. @default - up to the log's end */
  readonly limit?: { readonly entries: number; readonly bytes: number } | undefined;
}

/** The result of a search. */
export type Searched =
  /** An attempt stored this entry. */
  | { readonly outcome: 'found'; readonly entry: Entry }
  /** No entry up to the log's end holds the publish. */
  | { readonly outcome: 'end'; readonly tail: Tail }
  /** No entry up to `until`, or within the limit, holds the publish. The log goes on. */
  | { readonly outcome: 'stopped' };

/** Reads every entry from a place on until one holds the publish, the log ends, entries are too late to hold it, or the limit. */
export async function findAttempt(logs: LogStore, search: Search): Promise<Searched> {
  const { key, isAttempt, until = Number.POSITIVE_INFINITY, limit } = search;
  const { entries: most, bytes } = limit ?? { entries: PAGE, bytes: undefined };
  let { tail } = search;
  let place = { epoch: tail.epoch, seq: search.from ?? tail.next };
  for (;;) {
    const entries = await logs.from(key, place, most, bytes);
    const entry = entries.find(isAttempt);
    if (entry !== undefined) return { outcome: 'found', entry };
    const last = entries.at(-1);
    if (last !== undefined) {
      tail = tailAfter(last);
      place = { epoch: tail.epoch, seq: tail.next };
    }
    if (!mayHaveMore(entries, most, bytes ?? Number.POSITIVE_INFINITY)) return { outcome: 'end', tail };
    if (limit !== undefined || (last !== undefined && last.ts > until)) return { outcome: 'stopped' };
  }
}
