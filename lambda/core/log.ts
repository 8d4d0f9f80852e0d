// The log: append by compare-and-set. docs/adr/0007 tells why there is no counter, and how an epoch ends.
import { type OutgoingMessage, RealtimeError } from '../../protocol';
import type { Entry, LogHeader, LogKey, LogStore, Runtime } from './ports';

/** Entries stay this long beyond their retention before the database may delete them. Milliseconds. */
export const DELETE_GRACE = 3_600_000;
/**
 * A writer continues an epoch only while its newest entry is at least this far from deletion: longer than a function
 * can run and clocks can differ, so that nobody continues an epoch that another writer already found empty.
 */
export const EPOCH_MARGIN = 300_000;
/** A header outlives the last entry that its epoch can have had by this much. Milliseconds. */
const HEADER_GRACE = 30 * 86_400_000;
/** Conditional writes tried before `append_contended`. */
export const MAX_ATTEMPTS = 10;

/** Where the next entry goes. Known from what was written or read last; a wrong guess costs one write, never order. */
interface Tail {
  readonly epoch: string;
  readonly next: number;
  /** The guess must not be used after this. Milliseconds since 1970. */
  readonly safeUntil: number;
}

/** The tails that a warm function remembers. Bounded: the oldest guess goes first. */
export class TailHints {
  private readonly tails = new Map<string, Tail>();

  public constructor(private readonly capacity: number = 10_000) {}

  public get({ channel, origin }: LogKey, now: number): Tail | undefined {
    const tail = this.tails.get(`${channel}#${origin}`);
    return tail !== undefined && now < tail.safeUntil ? tail : undefined;
  }

  public set({ channel, origin }: LogKey, tail: Tail): void {
    const key = `${channel}#${origin}`;
    this.tails.delete(key);
    this.tails.set(key, tail);
    for (const oldest of this.tails.keys()) {
      if (this.tails.size <= this.capacity) break;
      this.tails.delete(oldest);
    }
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
}

/**
 * Appends the messages of one publish as one entry, and returns the entry that holds them.
 *
 * An entry with the same messages already at the place means that this very write happened before and its answer was
 * lost: that is success, and the caller fans it out again because the first attempt may have died before it could.
 *
 * @throws RealtimeError append_contended when other writers won too often; nothing is stored then
 */
export async function append(deps: AppendDeps, request: AppendRequest): Promise<Entry> {
  const { logs, hints, runtime } = deps;
  const { key, retention } = request;
  const messages = request.messages.map(({ id, data, enc }) => ({ id: id ?? runtime.id(), data, enc: enc ?? 'json' }));

  let tail = hints.get(key, runtime.now()) ?? (await findTail(deps, key, retention));
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const ts = runtime.now();
    const entry: Entry = {
      epoch: tail.epoch,
      seq: tail.next,
      ts,
      from: request.from,
      messages,
      deleteAfter: ts + retention + DELETE_GRACE,
    };
    const { existing } = await logs.append(key, entry);
    const standing = existing ?? entry;
    tail = tailAfter(standing);
    hints.set(key, tail);
    if (existing === undefined || isSame(existing, entry)) return standing;
    // Losing once or twice is ordinary; after that, the guess may be far behind: wait a little, and look.
    if (attempt > 2) {
      await runtime.sleep(runtime.random() * Math.min(200, 5 * 2 ** attempt));
      tail = await findTail(deps, key, retention);
    }
  }
  throw new RealtimeError('append_contended', `Channel: ${key.channel}.`);
}

function tailAfter(entry: Entry): Tail {
  return {
    epoch: entry.epoch,
    next: entry.seq + entry.messages.length,
    safeUntil: entry.deleteAfter - EPOCH_MARGIN,
  };
}

/** The same sender's same messages; two publishers that chose one id by chance are not taken for each other. */
function isSame(a: Entry, b: Entry): boolean {
  return a.from === b.from && JSON.stringify(a.messages) === JSON.stringify(b.messages);
}

async function findTail({ logs, runtime }: AppendDeps, key: LogKey, retention: number): Promise<Tail> {
  const newest = await logs.newest(key);
  const now = runtime.now();
  if (newest !== undefined && now < newest.deleteAfter - EPOCH_MARGIN) return tailAfter(newest);

  // The log is empty, or about to be: a new epoch, unless somebody has just opened one and not written to it yet.
  const seen = await logs.header(key);
  const opened =
    newest === undefined && seen !== undefined && isFresh(seen, now, retention)
      ? seen
      : await logs.openEpoch(key, newHeader(now, retention, seen), seen?.epoch);
  return { epoch: opened.epoch, next: 1, safeUntil: now + EPOCH_MARGIN };
}

/** Whether everything that was ever written to the header's epoch must still be there. */
export function isFresh(header: LogHeader, now: number, retention: number): boolean {
  return now < header.ts + retention;
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
