import type { Entry, LogHeader, LogKey, LogStore } from '../../lambda/core/log/log-store';

interface Place {
  readonly epoch: string;
  readonly seq: number;
}

/** Logs in memory, with the conditions of the table. */
export class MemoryLogStore implements LogStore {
  /** By channel and origin, in the order of their places. */
  public readonly entries = new Map<string, Entry[]>();
  private readonly headers = new Map<string, LogHeader>();

  public append(key: LogKey, entry: Entry): Promise<{ readonly existing?: Entry }> {
    const log = this.log(key);
    const existing = log.findLast((one) => compare(one, entry) === 0);
    if (existing !== undefined) return Promise.resolve({ existing });
    log.push(entry);
    log.sort(compare);
    return Promise.resolve({});
  }

  public newest(key: LogKey): Promise<Entry | undefined> {
    return Promise.resolve(this.log(key).at(-1));
  }

  public header(key: LogKey): Promise<LogHeader | undefined> {
    return Promise.resolve(this.headers.get(nameOf(key)));
  }

  public openEpoch(key: LogKey, header: LogHeader, seen: string | undefined): Promise<LogHeader> {
    const current = this.headers.get(nameOf(key));
    if (current !== undefined && current.epoch !== seen) return Promise.resolve(current);
    this.headers.set(nameOf(key), header);
    return Promise.resolve(header);
  }

  public from(key: LogKey, place: Place | undefined, limit: number): Promise<readonly Entry[]> {
    const found = this.log(key).filter((one) => place === undefined || compare(one, place) >= 0);
    return Promise.resolve(found.slice(0, limit));
  }

  public before(key: LogKey, place: Place | undefined, limit: number): Promise<readonly Entry[]> {
    const found = this.log(key).filter((one) => place === undefined || compare(one, place) < 0);
    return Promise.resolve(found.reverse().slice(0, limit));
  }

  private log(key: LogKey): Entry[] {
    const log = this.entries.get(nameOf(key)) ?? [];
    this.entries.set(nameOf(key), log);
    return log;
  }
}

function nameOf({ channel, origin }: LogKey): string {
  return `${channel}#${origin}`;
}

function compare(a: Place, b: Place): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}
