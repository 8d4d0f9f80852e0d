// Decides the place of a publish in the log by compare-and-set; lambda/adapters/dynamodb/log-store.ts writes it. docs/decisions/0007 explains why there is no counter, and how an epoch ends.
import { type OutgoingMessage, RealtimeError } from '../../../protocol';
import type { Runtime } from '../runtime';
import { findAttempt, LOOK_BACK } from './earlier-attempt';
import { DELETE_GRACE, EPOCH_MARGIN } from './epochs';
import type { Entry, EntryMessage, LogKey } from './log-store';
import { findTail, likelyTail, type Tail, tailAfter, type TailDeps } from './tail';

/** Conditional writes before `append_contended`. */
export const MAX_ATTEMPTS = 20;
/** Longest pause between two conditional writes. Milliseconds. */
const MAX_BACKOFF = 400;

export type AppendDeps = TailDeps;

export interface AppendRequest {
  readonly key: LogKey;
  readonly from: string;
  readonly messages: readonly OutgoingMessage[];
  /** Milliseconds. */
  readonly retention: number;
  /**
   * Where to look for an earlier attempt of this publish before the write: from a tail that was noted before the first
   * attempt (exact), or in the last LOOK_BACK sequence numbers (`recent`).
   *
   * @default - there was no earlier attempt
   */
  readonly since?: Tail | 'recent';
  /**
   * When the last earlier attempt began. Entries that are much later can't be that attempt. Milliseconds since 1970.
   *
   * @default - an earlier attempt may be anywhere
   */
  readonly attemptedAt?: number;
}

type Publication = Pick<Entry, 'from' | 'messages'>;

/** Where the next round of an append starts: a tail, and the first place to examine for an earlier attempt, if there may be one. */
interface Start {
  readonly tail: Tail;
  /** Sequence number. @default - no earlier attempt can be in the log */
  readonly examineFrom?: number;
}

/** Result of `examine`: an earlier attempt, or the tail to write at. */
type Examined = { readonly outcome: 'found'; readonly entry: Entry } | { readonly outcome: 'end'; readonly tail: Tail };

/**
 * Appends the messages of one publish as one entry, and returns the entry that holds them.
 *
 * Every round examines all places from its start on, and then writes at the end. So no earlier attempt can be missed between
 * the place where the search began and the place that is written. An entry of the same sender with the same messages is an
 * earlier attempt whose answer was lost: the append succeeded, and the caller fans it out again because that attempt may have
 * died before its fan-out.
 *
 * @throws RealtimeError append_contended when other writers won MAX_ATTEMPTS times; nothing is stored then
 */
export async function append(deps: AppendDeps, request: AppendRequest): Promise<Entry> {
  const { logs, hints, runtime } = deps;
  const { key, from, retention } = request;
  const publication = { from, messages: withDefaults(request.messages, runtime) };
  const isAttempt = (entry: Entry): boolean => isSame(entry, publication);
  let { start, isShared } = await firstStart(deps, request);
  for (let attempt = 1; ; attempt++) {
    const examined = await examine(deps, { request, start, isAttempt });
    if (examined.outcome === 'found') return examined.entry;
    if (attempt > MAX_ATTEMPTS) throw new RealtimeError('append_contended', `Channel: ${key.channel}.`);
    const entry = entryAt(examined.tail, { publication, now: runtime.now(), retention });
    const { existing } = await logs.append(key, entry);
    const stored = existing ?? entry;
    isShared ||= existing !== undefined;
    hints.set(key, { tail: tailAfter(stored), isShared });
    if (existing === undefined || isAttempt(existing)) return stored;
    await runtime.sleep(backoff(attempt, runtime));
    start = await startAfterLoss(deps, request, existing);
  }
}

/** The first start of an append, and whether other instances write to the log too. */
async function firstStart(deps: AppendDeps, request: AppendRequest): Promise<{ start: Start; isShared: boolean }> {
  const { key, since, retention } = request;
  if (since === undefined) {
    const { tail, isShared } = await likelyTail(deps, key, retention);
    return { start: { tail }, isShared };
  }
  if (since !== 'recent') {
    const isShared = deps.hints.get(key, deps.runtime.now())?.isShared ?? false;
    return { start: { tail: since, examineFrom: since.next }, isShared };
  }
  const tail = await findTail(deps, key, retention);
  return { start: { tail, examineFrom: Math.max(1, tail.next - LOOK_BACK) }, isShared: false };
}

/** Where to go on after another writer has taken the place. */
async function startAfterLoss(deps: AppendDeps, request: AppendRequest, winner: Entry): Promise<Start> {
  const { key, since, retention } = request;
  // This call has stored nothing, so only an attempt before this call can be behind the winner's entry.
  if (since === undefined) return { tail: await findTail(deps, key, retention) };
  const tail = tailAfter(winner);
  return { tail, examineFrom: tail.next };
}

interface Examination {
  readonly request: AppendRequest;
  readonly start: Start;
  readonly isAttempt: (entry: Entry) => boolean;
}

/** Reads every place from the start to the log's end. Returns an earlier attempt, or the tail to write at. */
async function examine(deps: AppendDeps, { request, start, isAttempt }: Examination): Promise<Examined> {
  const { key, retention } = request;
  const until = (request.attemptedAt ?? Number.POSITIVE_INFINITY) + EPOCH_MARGIN;
  const readFrom = async ({ tail, examineFrom: from }: Start): Promise<Examined> => {
    if (from === undefined) return { outcome: 'end', tail };
    const searched = await findAttempt(deps.logs, { key, tail, from, isAttempt, until });
    // Entries later than the last attempt need no search.
    return searched.outcome === 'tooLate' ? { outcome: 'end', tail: await findTail(deps, key, retention) } : searched;
  };
  const examined = await readFrom(start);
  if (examined.outcome === 'found' || deps.runtime.now() < examined.tail.safeUntil) return examined;
  // The epoch has ended. An earlier attempt may be in the epoch that follows, which is new.
  return readFrom({ tail: await findTail(deps, key, retention), examineFrom: 1 });
}

export interface EntryRequest {
  readonly publication: Publication;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds. */
  readonly retention: number;
}

/** The entry that holds a publication at a tail. */
export function entryAt(tail: Tail, { publication, now, retention }: EntryRequest): Entry {
  // Time and sequence are one order, even when clocks differ.
  const ts = Math.max(now, tail.ts);
  return {
    epoch: tail.epoch,
    seq: tail.next,
    ts,
    from: publication.from,
    messages: publication.messages,
    // A log expires from its beginning: an entry never expires before the one that precedes it, even if the retention was shortened.
    deleteAfter: Math.max(ts + retention + DELETE_GRACE, tail.previousDeleteAfter),
    previousDeleteAfter: tail.previousDeleteAfter,
    queued: tail.queued,
  };
}

/** The pause after a number of lost writes, with full jitter. Milliseconds. */
export function backoff(losses: number, runtime: Runtime): number {
  return runtime.random() * Math.min(MAX_BACKOFF, 10 * 2 ** losses);
}

/** Messages as they are stored: each with an id and an encoding. */
export function withDefaults(messages: readonly OutgoingMessage[], runtime: Runtime): readonly EntryMessage[] {
  return messages.map(({ id, data, enc }) => ({ id: id ?? runtime.id(), data, enc: enc ?? 'json' }));
}

/** Compares sender and messages, not ids alone: two publishers may choose the same id by chance. */
function isSame(a: Publication, b: Publication): boolean {
  return a.from === b.from && JSON.stringify(a.messages) === JSON.stringify(b.messages);
}
