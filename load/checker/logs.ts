import type { Position } from '../../protocol';
import type { HistoryEvent, Removed, Stored } from './history';
import type { Report } from './problems';

/** A stored message and its place. */
export interface Place {
  readonly epoch: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  readonly t: number;
  /** When it expires, or was removed before. Milliseconds since 1970. */
  readonly expires: number;
  /** When it was removed before it expired. @default - it was not */
  readonly removedAt?: number;
}

/** Every message that was ever stored, by channel and origin, in order. */
export class Logs {
  private readonly logs = new Map<string, Place[]>();
  private readonly index = new Map<string, Map<string, number>>();
  private readonly byId = new Map<string, Place>();

  public constructor(history: readonly HistoryEvent[], report: Report) {
    for (const event of history) {
      if (event.type === 'stored') this.add(event);
      else if (event.type === 'removed') this.remove(event);
    }
    for (const [name, places] of this.logs) {
      places.sort((a, b) => comparePlaces(a, b));
      this.index.set(name, new Map(places.map(({ epoch, seq }, i) => [`${epoch}#${seq}`, i])));
      places.forEach((place, i) => {
        if (!this.byId.has(`${name}#${place.id}`)) this.byId.set(`${name}#${place.id}`, place);
        const before = places[i - 1];
        const expected = before?.epoch === place.epoch ? before.seq + 1 : 1;
        if (place.seq !== expected) {
          report('broken-log', place.t, `${name}: ${describe(place)} follows ${before ? describe(before) : 'nothing'}`);
        }
      });
    }
  }

  public origins(channel: string): readonly string[] {
    return [...this.logs.keys()]
      .filter((name) => name.startsWith(`${channel}#`))
      .map((name) => name.split('#')[1] ?? '');
  }

  public log(channel: string, origin: string): readonly Place[] {
    return this.logs.get(`${channel}#${origin}`) ?? [];
  }

  public at(channel: string, origin: string, { epoch, seq }: Position): Place | undefined {
    const i = this.index.get(`${channel}#${origin}`)?.get(`${epoch}#${seq}`);
    return i === undefined ? undefined : this.log(channel, origin)[i];
  }

  /** The place of a message; the first one, if it is stored twice. */
  public find(channel: string, origin: string, id: string): Place | undefined {
    return this.byId.get(`${channel}#${origin}#${id}`);
  }

  /** The messages after one place and before another. */
  public between(channel: string, origin: string, after: Position, before?: Position): readonly Place[] {
    const log = this.log(channel, origin);
    const from = bound(log, after, true);
    const to = before === undefined ? log.length : bound(log, before, false);
    return log.slice(from, Math.max(from, to));
  }

  private add({ channel, origin, epoch, seq, ids, from, t, expires }: Stored): void {
    const name = `${channel}#${origin}`;
    const log = this.logs.get(name) ?? [];
    this.logs.set(name, log);
    ids.forEach((id, i) => log.push({ epoch, seq: seq + i, id, from, t, expires }));
  }

  private remove({ channel, origin, epoch, seqs, t }: Removed): void {
    const log = this.logs.get(`${channel}#${origin}`) ?? [];
    log.forEach((place, i) => {
      if (place.epoch !== epoch || !seqs.includes(place.seq) || place.removedAt !== undefined) return;
      log[i] = { ...place, expires: Math.min(place.expires, t), removedAt: t };
    });
  }
}

/** A place before every other. */
export const START: Position = { epoch: '', seq: 0 };

/** Epochs sort by the time at which they began. */
export function comparePlaces(a: Position, b: Position): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

export function describe({ epoch, seq }: Position): string {
  return `${epoch === '' ? '-' : epoch}:${seq}`;
}

/** Index of the first message after (or at) a place. */
function bound(log: readonly Place[], place: Position, after: boolean): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = comparePlaces(log[middle] as Place, place);
    if (order < 0 || (after && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}
