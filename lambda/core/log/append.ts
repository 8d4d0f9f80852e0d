// The log: append by compare-and-set. docs/decisions/0007 tells why there is no counter, and how an epoch ends.
import { type OutgoingMessage, RealtimeError } from '../../../protocol';
import { BoundedMap } from '../bounded-map';
import type { Entry, EntryMessage, LogHeader, LogKey, LogStore } from './log-store';
import type { Runtime } from '../runtime';

/** Entries stay this long beyond their retention before the database may delete them. Milliseconds. */
export const DELETE_GRACE = 3_600_000;
/**
 * A writer continues an epoch only while its newest entry is at least this far from deletion: longer than a function
 * can run and clocks can differ, so that nobody continues an epoch that another writer already found empty. For the same
 * reason, nothing is stored later than this after its attempt was begun.
 */
export const EPOCH_MARGIN = 300_000;
/** A header is kept for so long after the retention that follows its epoch's opening. Milliseconds. */
const HEADER_GRACE = 30 * 86_400_000;
/** Conditional writes tried before `append_contended`. */
export const MAX_ATTEMPTS = 20;
/** How many sequence numbers a retried publish looks back for its first attempt. */
export const LOOK_BACK = 200;
/** Entries read at once while looking for an earlier attempt. */
const WALK_PAGE = 100;

/** Where the next entry goes. Known from what was written or read last; a wrong guess costs one write, never order. */
export interface Tail {
  readonly epoch: string;
  readonly next: number;
  /** When the entry before was appended; 0 when there is none. Milliseconds since 1970. */
  readonly ts: number;
  /** The next entry's `previousDeleteAfter`. Milliseconds since 1970. */
  readonly previousDeleteAfter: number;
  /** The guess must not be used after this. Milliseconds since 1970. */
  readonly safeUntil: number;
  /** The next entry's `queued`, unless it comes from the queue itself. */
  readonly queued?: string;
  /**
   * Another function has written here lately, and may have again: reading first is cheaper than a write that is lost.
   *
   * @default false
   */
  readonly isShared?: boolean;
}

/** The tails that a warm function remembers. Bounded: the oldest guess goes first. */
export class TailHints {
  private readonly tails: BoundedMap<Tail>;

  public constructor(capacity = 10_000) {
    this.tails = new BoundedMap(capacity);
  }

  public get({ channel, origin }: LogKey, now: number): Tail | undefined {
    const tail = this.tails.get(`${channel}#${origin}`);
    return tail !== undefined && now < tail.safeUntil ? tail : undefined;
  }

  public set({ channel, origin }: LogKey, tail: Tail): void {
    this.tails.set(`${channel}#${origin}`, tail);
  }
}

export interface AppendDeps {
  readonly logs: LogStore;
  readonly hints: TailHints;
  readonly runtime: Runtime;
}

export interface AppendRequest {
  readonly key: LogKey;
  readonly from: string;
  readonly messages: readonly OutgoingMessage[];
  /** Milliseconds. */
  readonly retention: number;
  /**
   * Where to look for an earlier attempt of this very publish before writing: from a tail that was noted before the first
   * attempt (exact), or `recent`, the last LOOK_BACK sequence numbers.
   *
   * @default - there was no earlier attempt
   */
  readonly since?: Tail | 'recent';
  /**
   * When the last earlier attempt was begun: what was stored long after that is not it. Milliseconds since 1970.
   *
   * @default - it may be anywhere
   */
  readonly attemptedAt?: number;
}

/**
 * Appends the messages of one publish as one entry, and returns the entry that holds them.
 *
 * An entry with the same sender's same messages means that an earlier attempt was written and its answer lost: that is
 * success, and the caller fans it out again because the first attempt may have died before it could. No attempt can be
 * missed between the place where looking began and the place that is written: places are tried or read one after another.
 *
 * @throws RealtimeError append_contended when other writers won too often; nothing is stored then
 */
export async function append(deps: AppendDeps, request: AppendRequest): Promise<Entry> {
  const { logs, hints, runtime } = deps;
  const { key, from, retention } = request;
  const publication = { from, messages: completed(request.messages, runtime) };
  const isTwin = (entry: Entry): boolean => isSame(entry, publication);
  const until = (request.attemptedAt ?? Number.POSITIVE_INFINITY) + EPOCH_MARGIN;
  const look = async (tail: Tail, place: number): Promise<Walked> => {
    const seen = await walk(logs, key, tail, place, isTwin, until);
    // Whatever is later than the last attempt can be is passed over at once.
    return seen.isBeyond === true ? { tail: await findTail(deps, key, retention) } : seen;
  };

  const start = await startOf(deps, request);
  let walked: Walked = start.look === undefined ? { tail: start.tail } : await look(start.tail, start.look);
  let isShared = start.tail.isShared === true;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    if (walked.twin !== undefined) return walked.twin;
    if (runtime.now() >= walked.tail.safeUntil) {
      // The epoch has ended; the new one is young, and an earlier attempt may be the first in it.
      walked = await look(await findTail(deps, key, retention), 1);
      if (walked.twin !== undefined) return walked.twin;
    }
    const { tail } = walked;
    const entry = entryAt(tail, publication, runtime.now(), retention);
    const { existing } = await logs.append(key, entry);
    const standing = existing ?? entry;
    isShared ||= existing !== undefined;
    hints.set(key, { ...tailAfter(standing), isShared });
    if (existing === undefined || isTwin(existing)) return standing;
    await runtime.sleep(waitAfter(attempt, runtime));
    // Nothing of this publish can stand behind a place that another took, unless there was an attempt before this call.
    walked =
      request.since === undefined
        ? { tail: await findTail(deps, key, retention) }
        : await look(tailAfter(standing), tailAfter(standing).next);
  }
  if (walked.twin !== undefined) return walked.twin;
  throw new RealtimeError('append_contended', `Channel: ${key.channel}.`);
}

/** The entry that holds a publication at a tail. */
export function entryAt(tail: Tail, publication: Publication, now: number, retention: number): Entry {
  const ts = Math.max(now, tail.ts);
  return {
    ...{ epoch: tail.epoch, seq: tail.next, ts, ...publication },
    // Never before the entry that precedes it, whatever the retention has become: a log is deleted from its beginning.
    deleteAfter: Math.max(ts + retention + DELETE_GRACE, tail.previousDeleteAfter),
    previousDeleteAfter: tail.previousDeleteAfter,
    ...(tail.queued === undefined ? {} : { queued: tail.queued }),
  };
}

type Publication = Pick<Entry, 'from' | 'messages'>;

/** How long to wait after losing so often in a row, in milliseconds. */
export function waitAfter(lost: number, runtime: Runtime): number {
  return runtime.random() * Math.min(400, 10 * 2 ** lost);
}

/** Messages as they are stored: with an id and an encoding each. */
export function completed(messages: readonly OutgoingMessage[], runtime: Runtime): readonly EntryMessage[] {
  return messages.map(({ id, data, enc }) => ({ id: id ?? runtime.id(), data, enc: enc ?? 'json' }));
}

/** What reading a log's end came to: an earlier attempt, or the tail after everything that is not one. */
interface Walked {
  readonly tail: Tail;
  readonly twin?: Entry;
  /** Reading ended at an entry that is later than what was looked for can be: `tail` is not the log's end. */
  readonly isBeyond?: boolean;
}

/** The tail to write at, and the sequence number from which to look for an earlier attempt first, if there may be one. */
async function startOf(deps: AppendDeps, request: AppendRequest): Promise<{ tail: Tail; look?: number }> {
  const { key, since, retention } = request;
  if (since === undefined) return { tail: await tailOf(deps, key, retention) };
  if (since !== 'recent') return { tail: since, look: since.next };
  const tail = await findTail(deps, key, retention);
  return { tail, look: Math.max(1, tail.next - LOOK_BACK) };
}

/** Where the next entry of a log most likely goes: as remembered, or as read. */
export async function tailOf(deps: AppendDeps, key: LogKey, retention: number): Promise<Tail> {
  const hint = deps.hints.get(key, deps.runtime.now());
  if (hint !== undefined && hint.isShared !== true) return hint;
  const found = await findTail(deps, key, retention);
  return { ...found, isShared: hint?.next !== found.next };
}

/**
 * Reads every entry from a sequence number to the end, looking for an earlier attempt; otherwise returns the tail.
 *
 * @param until no attempt can have been stored after this. Milliseconds since 1970
 */
export async function walk(
  logs: LogStore,
  key: LogKey,
  tail: Tail,
  from: number,
  isTwin: (entry: Entry) => boolean,
  until = Number.POSITIVE_INFINITY,
): Promise<Walked> {
  let place = { epoch: tail.epoch, seq: from };
  for (;;) {
    const entries = await logs.from(key, place, WALK_PAGE);
    const twin = entries.find(isTwin);
    if (twin !== undefined) return { tail, twin };
    const last = entries.at(-1);
    if (last !== undefined) {
      tail = tailAfter(last);
      place = { epoch: tail.epoch, seq: tail.next };
    }
    if (entries.length < WALK_PAGE) return { tail };
    if (last !== undefined && last.ts > until) return { tail, isBeyond: true };
  }
}

/** Where the next entry goes after this one. */
export function tailAfter(entry: Entry): Tail {
  const { epoch, seq, messages, ts, deleteAfter, queued } = entry;
  return {
    ...{ epoch, next: seq + messages.length, ts },
    ...{ previousDeleteAfter: deleteAfter, safeUntil: deleteAfter - EPOCH_MARGIN },
    ...(queued === undefined ? {} : { queued }),
  };
}

/** The same sender's same messages; two publishers that chose one id by chance are not taken for each other. */
function isSame(a: Publication, b: Publication): boolean {
  return a.from === b.from && JSON.stringify(a.messages) === JSON.stringify(b.messages);
}

/** Where the next entry of a log goes, as read. */
export async function findTail({ logs, runtime }: AppendDeps, key: LogKey, retention: number): Promise<Tail> {
  const newest = await logs.newest(key);
  const now = runtime.now();
  if (newest !== undefined && now < newest.deleteAfter - EPOCH_MARGIN) return tailAfter(newest);

  // The log is empty, or about to be: a new epoch, unless somebody has just opened one and not written to it yet.
  const seen = await logs.header(key);
  const { epoch, previous, ts } =
    seen !== undefined && seen.epoch !== newest?.epoch && now < seen.ts + DELETE_GRACE - 2 * EPOCH_MARGIN
      ? seen
      : await logs.openEpoch(key, newHeader(now, retention, seen), seen?.epoch);
  const previousDeleteAfter = previous === undefined ? 0 : ts;
  return { epoch, next: 1, ts: 0, previousDeleteAfter, safeUntil: now + EPOCH_MARGIN };
}

/**
 * Whether everything that was ever written to the header's epoch must still be there, whatever retention it was written
 * with. Writers begin an epoch only for a shorter time, so that none begins what a reader has already found ended.
 */
export function isYoung(header: LogHeader, now: number): boolean {
  return now < header.ts + DELETE_GRACE;
}

function newHeader(now: number, retention: number, seen: LogHeader | undefined): LogHeader {
  return {
    epoch: epochAt(now),
    ...(seen === undefined ? {} : { previous: seen.epoch }),
    ts: now,
    deleteAfter: now + retention + DELETE_GRACE + HEADER_GRACE,
  };
}

/** Nine characters of base 36: sorts by time as text, as the database sorts it. */
export function epochAt(now: number): string {
  return now.toString(36).padStart(9, '0');
}

/** Whether the database may have deleted the header of an epoch, going by the time that its name tells. */
export function headerIsGone(epoch: string, now: number, retention: number): boolean {
  return now >= Number.parseInt(epoch, 36) + retention + DELETE_GRACE + HEADER_GRACE;
}
