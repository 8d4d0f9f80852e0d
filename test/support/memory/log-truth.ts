// A log as it may have become: everything that was ever written to it, and what a region has of that.
import fc from 'fast-check';
import { append, type AppendDeps } from '../../../lambda/core/log/append';
import { EPOCH_MARGIN } from '../../../lambda/core/log/epochs';
import { findTail, TailHints } from '../../../lambda/core/log/tail';
import { endOfLog, hasExpired, type ReadContext } from '../../../lambda/core/log/retention';
import { lastOf } from '../../../lambda/core/log/message-pages';
import type { Entry, LogHeader, LogKey } from '../../../lambda/core/log/log-store';
import type { Position } from '../../../protocol';
import { HOUR, MemoryLogs, TestRuntime } from './memory';

export const KEY: LogKey = { channel: 'chat:a', origin: 'eu-west-1' };
const NAME = 'chat:a#eu-west-1';
const MINUTE = 60_000;
const DAY = 24 * HOUR;

export type Step =
  | { readonly type: 'publish'; readonly count: number; readonly size: number }
  | { readonly type: 'wait'; readonly ms: number }
  /** A writer begins an epoch, and dies before it writes. */
  | { readonly type: 'open' }
  /** The database deletes some of what it may delete. */
  | { readonly type: 'delete'; readonly which: readonly boolean[] };

/** A log's history, and what of it a region does not have yet. */
export interface Story {
  readonly steps: readonly Step[];
  /**
   * Of so many of the newest entries, which have not arrived; all of them younger than writers stay away from an epoch's
   * end, because a region that lags longer can't know that an epoch goes on. Nothing of this counts in the log's own region.
   */
  readonly late: { readonly newest: number; readonly which: readonly boolean[]; readonly headers: number };
  /** Which of the positions that a client could hold. */
  readonly position: number;
}

const which = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('publish' as const),
      count: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 25 })),
      size: fc.nat({ max: 300 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      // Within the retention, at its end, at the end of an epoch and of its entries, beyond the header's.
      ms: fc.constantFrom(
        ...[1, 1_000, 10 * MINUTE, 50 * MINUTE, HOUR - 1, HOUR, HOUR + 10 * MINUTE],
        ...[2 * HOUR - 6 * MINUTE, 2 * HOUR - 4 * MINUTE, 2 * HOUR, 5 * HOUR, 31 * DAY],
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'open' as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), which }) },
);

export const story: fc.Arbitrary<Story> = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  late: fc.record({ newest: fc.nat({ max: 8 }), which, headers: fc.nat({ max: 1 }) }),
  position: fc.nat(),
});

/** A stored message, by its place. */
export interface Written extends Position {
  readonly id: string;
  readonly deleteAfter: number;
  /** How many were written before. */
  readonly order: number;
}

/** A position that a client holds, and how much had been written when it stood at the log's end, if it was told so. */
interface Held extends Position {
  readonly order: number;
}

class RecordingLogs extends MemoryLogs {
  public readonly written: Entry[] = [];
  public readonly opened: LogHeader[] = [];

  public override async append(key: LogKey, entry: Entry): Promise<{ existing?: Entry }> {
    const result = await super.append(key, entry);
    if (result.existing === undefined) this.written.push(entry);
    return result;
  }
  public override async openEpoch(key: LogKey, header: LogHeader, seen: string | undefined): Promise<LogHeader> {
    const result = await super.openEpoch(key, header, seen);
    if (result === header) this.opened.push(header);
    return result;
  }
}

/** What is true of a log, and what a region can read of it. */
export class Truth {
  public readonly store = new MemoryLogs();
  public readonly missing: readonly Entry[];
  public readonly isHeaderLate: boolean;
  public readonly messages: readonly Written[];

  public constructor(
    public readonly isOwn: boolean,
    public now: number,
    private readonly logs: RecordingLogs,
    public readonly position: Held,
    late: Story['late'],
  ) {
    this.messages = logs.written
      .flatMap(({ epoch, seq, messages, deleteAfter }) =>
        messages.map(({ id }, i) => ({ epoch, seq: seq + i, id, deleteAfter })),
      )
      .map((message, order) => ({ ...message, order }));
    const there = logs.entries.get(NAME) ?? [];
    const mayLag = (ts: number): boolean => !isOwn && now < ts + EPOCH_MARGIN;
    this.missing = there
      .slice(Math.max(0, there.length - late.newest))
      .filter(({ ts }, i) => mayLag(ts) && late.which[i % late.which.length]);
    this.store.entries.set(
      NAME,
      there.filter((entry) => !this.missing.includes(entry)),
    );
    const header = logs.headers.get(NAME);
    const older = logs.opened.at(-2);
    this.isHeaderLate = late.headers > 0 && header !== undefined && mayLag(header.ts);
    if (!this.isHeaderLate && header !== undefined) this.store.headers.set(NAME, header);
    else if (this.isHeaderLate && older !== undefined && this.now < older.deleteAfter) {
      this.store.headers.set(NAME, older);
    }
  }

  /** The same, when everything has arrived. */
  public arrived(): Truth {
    return new Truth(this.isOwn, this.now, this.logs, this.position, { newest: 0, which: [false], headers: 0 });
  }

  public get context(): ReadContext & { readonly isOwn: boolean } {
    return { now: this.now, retention: HOUR, isOwn: this.isOwn };
  }

  /** What a client at a position has not seen. */
  public after(position: Position): readonly Written[] {
    // Who was told that there is no log has missed nothing of an earlier one.
    if (position.epoch === '') {
      return this.messages.filter(({ order }) => order >= (this.position.epoch === '' ? this.position.order : 0));
    }
    return this.messages.filter((message) => isBehind(message, position));
  }

  public isLive({ deleteAfter }: { readonly deleteAfter: number }): boolean {
    return !hasExpired(deleteAfter, this.now);
  }

  /** What is later than the place of a message that can be read. */
  public isThere(place: Position): boolean {
    const entries = this.store.entries.get(NAME) ?? [];
    return entries.some(
      (entry) => entry.epoch === place.epoch && entry.seq <= place.seq && place.seq <= lastOf(entry).seq,
    );
  }

  /** Epochs from that of a position to that of another, both included, of which nothing is left. */
  public endedEpochs(from: string, to: string): readonly string[] {
    return this.logs.opened
      .map(({ epoch }) => epoch)
      .filter((epoch) => epoch >= from && epoch <= to)
      .filter((epoch) => !this.messages.some((message) => message.epoch === epoch && this.isLive(message)));
  }

  /** Whether the log, or what came before its present epoch, has been forgotten altogether. */
  public isForgotten(since: string): boolean {
    return this.logs.opened.some((header) => header.epoch > since && this.now >= header.deleteAfter);
  }

  public get newestEpoch(): LogHeader | undefined {
    return this.logs.opened.at(-1);
  }
}

export function isBehind(a: Position, b: Position): boolean {
  return a.epoch === b.epoch ? a.seq > b.seq : a.epoch > b.epoch;
}

/** Lets a story happen, by the writers' own code. */
export async function tell(one: Story, isOwn: boolean): Promise<Truth> {
  const { logs, now, held } = await happen(one.steps);
  return new Truth(isOwn, now, logs, held[one.position % held.length]!, one.late);
}

/** The same, for every position that a client could hold. */
export async function tellAll({ steps, late }: Omit<Story, 'position'>, isOwn: boolean): Promise<readonly Truth[]> {
  const { logs, now, held } = await happen(steps);
  const distinct = new Map(held.map((position) => [`${position.epoch}#${position.seq}#${position.order}`, position]));
  return [...distinct.values()].map((position) => new Truth(isOwn, now, logs, position, late));
}

async function happen(
  steps: readonly Step[],
): Promise<{ readonly logs: RecordingLogs; readonly now: number; readonly held: readonly Held[] }> {
  const logs = new RecordingLogs();
  const runtime = new TestRuntime();
  const deps: AppendDeps = { logs, runtime, hints: new TailHints() };
  const held: Held[] = [{ epoch: '', seq: 0, order: 0 }];
  let written = 0;
  for (const one of steps) {
    if (one.type === 'publish') {
      const messages = Array.from({ length: one.count }, (_, i) => ({
        id: `m${written + i}`,
        data: 'x'.repeat(one.size),
      }));
      const entry = await append(deps, { key: KEY, from: 'ada', messages, retention: HOUR });
      written += one.count;
      for (let seq = entry.seq; seq <= lastOf(entry).seq; seq++) held.push({ epoch: entry.epoch, seq, order: written });
    } else if (one.type === 'wait') runtime.time += one.ms;
    else if (one.type === 'open') await findTail(deps, KEY, HOUR);
    else deleteSome(logs, runtime.time, one.which);
    held.push({ ...(await endOfLog(logs, KEY, { isOwn: true, now: runtime.time, retention: HOUR })), order: written });
  }
  return { logs, now: runtime.time, held };
}

/** In no order, as the database does. */
function deleteSome(logs: MemoryLogs, now: number, mask: readonly boolean[]): void {
  const entries = logs.entries.get(NAME) ?? [];
  logs.entries.set(
    NAME,
    entries.filter(({ deleteAfter }, i) => now < deleteAfter || !mask[i % mask.length]),
  );
  const header = logs.headers.get(NAME);
  if (header !== undefined && now >= header.deleteAfter && mask[0] === true) logs.headers.delete(NAME);
}
