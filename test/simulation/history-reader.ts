// An application that pages through a channel's history, and judges what it is shown.
import type { HistoryDirection, HistoryOk, LocatedMessage } from '../../protocol';

/** Far more pages than a schedule's messages can fill: a chain that is longer never ends. */
const MAX_PAGES = 200;

/** One chain of pages, from the first to the last. */
export class HistoryReader {
  private pages = 0;
  private readonly last = new Map<string, LocatedMessage>();

  /** @param dense whether everything that is stored can be seen where it is asked: then nothing may be left out */
  public constructor(
    private readonly who: string,
    private readonly channel: string,
    private readonly direction: HistoryDirection,
    private readonly limit: number,
    private readonly dense: boolean,
  ) {}

  /** What to ask for first, and for each page after. */
  public request(page?: string): Readonly<Record<string, unknown>> {
    const { direction, limit } = this;
    return { direction, limit, ...(page === undefined ? {} : { page }) };
  }

  /**
   * Takes a page. Returns the request for the next one, if there is one.
   *
   * @throws Error when the chain does not end, or shows messages twice, out of order or not at all
   */
  public take({ messages, next }: HistoryOk): Readonly<Record<string, unknown>> | undefined {
    this.pages += 1;
    if (this.pages > MAX_PAGES) this.fail(`does not end after ${MAX_PAGES} pages, the next being ${next}`);
    if (messages.length > this.limit) this.fail(`has a page of ${messages.length} messages`);
    for (const [i, message] of messages.entries()) {
      this.follow(messages[i - 1], message);
      // Over the whole chain, the messages of one origin stand in its log's order.
      this.follow(this.last.get(message.origin), message);
      this.last.set(message.origin, message);
    }
    return next === undefined ? undefined : this.request(next);
  }

  private follow(before: LocatedMessage | undefined, message: LocatedMessage): void {
    if (before === undefined) return;
    const [older, newer] = this.direction === 'forwards' ? [before, message] : [message, before];
    if (!isBefore(older, newer)) {
      this.fail(`shows ${place(message)} after ${place(before)}, at ${message.ts} and ${before.ts}`);
    }
    // Forwards, what comes next may have expired since the page before.
    const mayMiss = !this.dense || this.direction === 'forwards' || newer.epoch !== older.epoch;
    if (!mayMiss && newer.seq !== older.seq + 1) this.fail(`leaves out what is before ${place(before)}`);
  }

  private fail(what: string): never {
    throw new Error(`the history of ${this.channel}, ${this.direction}, that ${this.who} reads ${what}`);
  }
}

/** The order that is promised: (ts, origin, seq), where sequence numbers start anew with every epoch. */
function isBefore(a: LocatedMessage, b: LocatedMessage): boolean {
  if (a.ts !== b.ts) return a.ts < b.ts;
  if (a.origin !== b.origin) return a.origin < b.origin;
  return a.epoch === b.epoch ? a.seq < b.seq : a.epoch < b.epoch;
}

function place({ origin, epoch, seq }: LocatedMessage): string {
  return `${origin} ${epoch}:${seq}`;
}
