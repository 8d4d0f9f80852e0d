// Decides the place of a publish in the log by compare-and-set; lambda/adapters/dynamodb/log-store.ts writes it. docs/decisions/0007 explains why there is no counter, and how an epoch ends.
import { type OutgoingMessage, RealtimeError } from '../../../protocol';
import type { Runtime } from '../runtime';
import { findAttempt, LOOK_BACK, type Search } from './earlier-attempt';
import { DELETE_GRACE } from './epochs';
import type { Entry, EntryMessage, LogKey } from './log-store';
import { MAX_REPLY_BYTES } from './message-pages';
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
   * Attempts of this publish before this one, which are looked for before the write; `recent`: anywhere in the last LOOK_BACK
   * sequence numbers.
   *
   * @default - there were none
   */
  readonly earlier?: EarlierAttempts | 'recent';
  /**
   * The log's tail before other attempts could know of this one. Every place from it on is read or tried, so that no attempt that
   * runs at the same time is missed.
   *
   * @default - attempts that run at the same time are looked for only behind a place that was lost
   */
  readonly start?: Tail;
}

/** Where attempts of a publish may be that began earlier. */
export interface EarlierAttempts {
  /** The log's tail before the first of them. */
  readonly since: Tail;
  /** None of them can have been stored after this. Milliseconds since 1970. */
  readonly until: number;
}

type Publication = Pick<Entry, 'from' | 'messages'>;

/** Entries that a writer reads behind a place that it lost, when it need not find every attempt. */
const BEHIND_LIMIT = { entries: 100, bytes: MAX_REPLY_BYTES };

/** An attempt that is stored already, or the tail to write at. */
type Looked = { readonly entry: Entry } | { readonly tail: Tail };

interface Writing {
  readonly deps: AppendDeps;
  readonly request: AppendRequest;
  readonly isAttempt: (entry: Entry) => boolean;
}

/**
 * Appends the messages of one publish as one entry, and returns the entry that holds them.
 *
 * An entry of the same sender with the same messages is another attempt, whose answer was lost or whose caller gave up: the append
 * succeeded, and the caller fans it out again because that attempt may have died before its fan-out.
 *
 * With `start`, a publish is stored once however its attempts overlap. Every attempt reads a tail, announces itself, and then reads
 * or tries every place from that tail on, up to the one that it writes. Of two attempts, one announces itself first. It is either
 * among the `earlier` attempts of the other, or stored after the other's tail; in both cases the other reads or tries its place.
 *
 * @throws RealtimeError append_contended when other writers won MAX_ATTEMPTS times; nothing is stored then
 */
export async function append(deps: AppendDeps, request: AppendRequest): Promise<Entry> {
  const { logs, hints, runtime } = deps;
  const { key, from, retention } = request;
  const publication = { from, messages: withDefaults(request.messages, runtime) };
  const writing: Writing = { deps, request, isAttempt: (entry) => isSame(entry, publication) };
  let { looked, isShared } = await begin(writing);
  for (let attempt = 1; ; attempt++) {
    if ('tail' in looked && runtime.now() >= looked.tail.safeUntil) looked = await inNextEpoch(writing, looked.tail);
    if ('entry' in looked) return looked.entry;
    const entry = entryAt(looked.tail, { publication, now: runtime.now(), retention });
    const { existing } = await logs.append(key, entry);
    const stored = existing ?? entry;
    isShared ||= existing !== undefined;
    hints.set(key, { tail: tailAfter(stored), isShared, at: runtime.now() });
    if (existing === undefined || writing.isAttempt(existing)) return stored;
    if (attempt === MAX_ATTEMPTS) throw new RealtimeError('append_contended', `Channel: ${key.channel}.`);
    await runtime.sleep(backoff(attempt, runtime));
    looked = await lookBehind(writing, existing);
  }
}

/** Looks for earlier attempts. Returns one, or the tail to begin with, and whether other instances write to the log too. */
async function begin(writing: Writing): Promise<{ looked: Looked; isShared: boolean }> {
  const { deps, request, isAttempt } = writing;
  const { key, earlier, start, retention } = request;
  if (earlier === undefined && start === undefined) {
    const { tail, isShared } = await likelyTail(deps, key, retention);
    return { looked: { tail }, isShared };
  }
  const isShared = deps.hints.get(key, deps.runtime.now())?.isShared ?? false;
  if (earlier === 'recent') {
    const tail = await findTail(deps, key, retention);
    const from = Math.max(1, tail.next - LOOK_BACK);
    return { looked: await look(writing, { key, tail, from, isAttempt }), isShared };
  }
  const searched =
    earlier && (await findAttempt(deps.logs, { key, tail: earlier.since, isAttempt, until: earlier.until }));
  if (searched !== undefined && searched.outcome !== 'stopped') return { looked: searched, isShared };
  return { looked: { tail: start ?? (await findTail(deps, key, retention)) }, isShared };
}

/** Looks for an attempt behind the entry of another writer, who took the place. */
function lookBehind(writing: Writing, winner: Entry): Promise<Looked> {
  const { request, isAttempt } = writing;
  const tail = tailAfter(winner);
  const limit = mustFindAll(request) ? undefined : BEHIND_LIMIT;
  return look(writing, { key: request.key, tail, isAttempt, limit });
}

/** Looks for an attempt up to the log's end, in the epoch that follows one that has ended, too. Opens that epoch. */
async function inNextEpoch(writing: Writing, ended: Tail): Promise<Looked> {
  const { deps, request, isAttempt } = writing;
  const { key, retention } = request;
  const next = await findTail(deps, key, retention);
  if (!mustFindAll(request)) return { tail: next };
  const looked = await look(writing, { key, tail: ended, isAttempt });
  return 'tail' in looked && looked.tail.epoch < next.epoch ? { tail: next } : looked;
}

/** Whether other attempts may be in the log, each of which must be found. */
function mustFindAll({ earlier, start }: AppendRequest): boolean {
  return earlier !== undefined || start !== undefined;
}

/** Searches for an attempt. When the search stops before the log's end, the tail is read. */
async function look({ deps, request }: Writing, search: Search): Promise<Looked> {
  const searched = await findAttempt(deps.logs, search);
  return searched.outcome === 'stopped' ? { tail: await findTail(deps, request.key, request.retention) } : searched;
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
