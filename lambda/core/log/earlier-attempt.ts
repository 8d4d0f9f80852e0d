// The search for an earlier attempt of a publish, whose writer or answer was lost. docs/decisions/0010
import type { Entry, LogKey, LogStore } from './log-store';
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
}

/** The result of a search. */
export type Searched =
  /** An earlier attempt stored this entry. */
  | { readonly outcome: 'found'; readonly entry: Entry }
  /** No entry up to the log's end holds the publish. */
  | { readonly outcome: 'end'; readonly tail: Tail }
  /** No entry up to `until` holds the publish. The log goes on. */
  | { readonly outcome: 'tooLate' };

/** Reads every entry from a place on until one holds the publish, the log ends, or entries are too late to hold it. */
export async function findAttempt(logs: LogStore, search: Search): Promise<Searched> {
  const { key, isAttempt, until = Number.POSITIVE_INFINITY } = search;
  let { tail } = search;
  let place = { epoch: tail.epoch, seq: search.from ?? tail.next };
  for (;;) {
    const entries = await logs.from(key, place, PAGE);
    const entry = entries.find(isAttempt);
    if (entry !== undefined) return { outcome: 'found', entry };
    const last = entries.at(-1);
    if (last !== undefined) {
      tail = tailAfter(last);
      place = { epoch: tail.epoch, seq: tail.next };
    }
    if (entries.length < PAGE) return { outcome: 'end', tail };
    if (last !== undefined && last.ts > until) return { outcome: 'tooLate' };
  }
}
