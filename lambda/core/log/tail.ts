// The end of a log, where the next entry goes.
import { BoundedMap } from '../bounded-map';
import type { Runtime } from '../runtime';
import { EPOCH_MARGIN, isOpenForFirstEntry, newHeader } from './epochs';
import type { Entry, LogKey, LogStore } from './log-store';

/**
 * The place after a log's last entry, and what the next entry takes over from that entry. Idempotency records and queued
 * publishes store tails, so the names of these fields are a storage format.
 */
export interface Tail {
  readonly epoch: string;
  /** Sequence number of the next message. */
  readonly next: number;
  /** When the last entry was appended; 0 when the epoch has none. Milliseconds since 1970. */
  readonly ts: number;
  /** `deleteAfter` of the log's last entry, which the next entry records. Milliseconds since 1970. */
  readonly previousDeleteAfter: number;
  /** After this, a writer must not append here: the epoch may have ended. Milliseconds since 1970. */
  readonly safeUntil: number;
  /** The next entry's `queued`, unless that entry comes from the queue itself. */
  readonly queued?: string;
}

/** What an instance remembers of a log's end. A wrong hint costs one write, never order. */
export interface TailHint {
  readonly tail: Tail;
  /** Whether another instance has written to the log recently. If so, a read first is cheaper than a lost write. */
  readonly isShared: boolean;
  /** When the tail was read or written. Milliseconds since 1970. */
  readonly at: number;
}

/** Longest age of a hint from which a writer reads or tries every place. Milliseconds. */
const MAX_HINT_AGE = 60_000;

/** The hints of one instance. When full, the oldest hint is dropped. */
export class TailHints {
  private readonly hints: BoundedMap<TailHint>;

  public constructor(capacity = 10_000) {
    this.hints = new BoundedMap(capacity);
  }

  public get({ channel, origin }: LogKey, now: number): TailHint | undefined {
    const hint = this.hints.get(`${channel}#${origin}`);
    return hint !== undefined && now < hint.tail.safeUntil ? hint : undefined;
  }

  public set({ channel, origin }: LogKey, hint: TailHint): void {
    this.hints.set(`${channel}#${origin}`, hint);
  }
}

export interface TailDeps {
  readonly logs: LogStore;
  readonly hints: TailHints;
  readonly runtime: Runtime;
}

/** The tail after an entry. */
export function tailAfter(entry: Entry): Tail {
  const { epoch, seq, messages, ts, deleteAfter, queued } = entry;
  return {
    epoch,
    next: seq + messages.length,
    ts,
    previousDeleteAfter: deleteAfter,
    safeUntil: safeUntilAfter(entry),
    queued,
  };
}

/** Until when a writer may continue the epoch of the newest entry; 0 when the epoch is closed. Milliseconds since 1970. */
function safeUntilAfter({ deleteAfter, isClosed = false }: Entry): number {
  return isClosed ? 0 : deleteAfter - EPOCH_MARGIN;
}

/** A log's tail from the hint, or from a read when there is no hint or another instance writes to the log too. */
export async function likelyTail(deps: TailDeps, key: LogKey, retention: number): Promise<TailHint> {
  const hint = deps.hints.get(key, deps.runtime.now());
  if (hint?.isShared === false) return hint;
  const tail = await findTail(deps, key, retention);
  return { tail, isShared: hint?.tail.next !== tail.next, at: deps.runtime.now() };
}

/**
 * A log's tail, not older than MAX_HINT_AGE: a publish that must find every attempt reads what other instances have written since.
 */
export async function recentTail(deps: TailDeps, key: LogKey, retention: number): Promise<Tail> {
  const { tail, at } = await likelyTail(deps, key, retention);
  return deps.runtime.now() - at < MAX_HINT_AGE ? tail : findTail(deps, key, retention);
}

/** Reads a log's tail. Opens a new epoch when the log is empty, or about to be. */
export async function findTail(
  { logs, runtime }: Pick<TailDeps, 'logs' | 'runtime'>,
  key: LogKey,
  retention: number,
): Promise<Tail> {
  const newest = await logs.newest(key);
  const now = runtime.now();
  if (newest !== undefined && now < safeUntilAfter(newest)) return tailAfter(newest);

  const seen = await logs.header(key);
  // Another writer may have opened an epoch just now and not written to it yet.
  const { epoch, previous, ts } =
    seen !== undefined && seen.epoch !== newest?.epoch && isOpenForFirstEntry(seen, now)
      ? seen
      : await logs.openEpoch(key, newHeader(now, retention, seen?.epoch), seen?.epoch);
  // Nothing precedes the log's first epoch. In a later one, everything before it had expired when it opened.
  const previousDeleteAfter = previous === undefined ? 0 : ts;
  return { epoch, next: 1, ts: 0, previousDeleteAfter, safeUntil: now + EPOCH_MARGIN };
}
