// An application that reads a channel's history page by page, and checks the order of the messages.
import type { HistoryDirection, HistoryOk, LocatedMessage } from '../../protocol';

/** More pages than a schedule's messages can fill: a longer chain is taken as endless. */
const MAX_PAGES = 200;

export interface HistoryReaderOptions {
  /** The client that reads. */
  readonly reader: string;
  readonly channel: string;
  readonly direction: HistoryDirection;
  /** Messages of a page. */
  readonly limit: number;
}

/** One chain of pages, from the first to the last. */
export class HistoryReader {
  private pages = 0;
  private readonly last = new Map<string, LocatedMessage>();

  public constructor(private readonly options: HistoryReaderOptions) {}

  /** The request for the first page, or for a later one. */
  public request(page?: string): Readonly<Record<string, unknown>> {
    const { direction, limit } = this.options;
    return { direction, limit, page };
  }

  /**
   * Checks a page. Returns the request for the next page, if there is one.
   *
   * @throws Error when the chain does not end, or when messages are repeated, out of order or missing
   */
  public take({ messages, next, verdict }: HistoryOk): Readonly<Record<string, unknown>> | undefined {
    // Replication may be paused for long.
    if (verdict !== 'pending') this.pages += 1;
    if (this.pages > MAX_PAGES) this.fail(`has more than ${MAX_PAGES} pages; next: ${next}`);
    if (messages.length > this.options.limit) this.fail(`has a page of ${messages.length} messages`);
    for (const [i, message] of messages.entries()) {
      this.checkOrder(messages[i - 1], message);
      // Over the whole chain, the messages of one origin are in the order of its log.
      this.checkOrder(this.last.get(message.origin), message);
      this.last.set(message.origin, message);
    }
    return next === undefined ? undefined : this.request(next);
  }

  private checkOrder(before: LocatedMessage | undefined, message: LocatedMessage): void {
    if (before === undefined) return;
    const { direction } = this.options;
    const [older, newer] = direction === 'forwards' ? [before, message] : [message, before];
    if (!isBefore(older, newer)) {
      this.fail(`has ${place(message)} after ${place(before)}, with timestamps ${message.ts} and ${before.ts}`);
    }
    // Forwards, the next messages may have expired since the page before.
    const mayMiss = direction === 'forwards' || newer.epoch !== older.epoch;
    if (!mayMiss && newer.seq !== older.seq + 1) this.fail(`lacks the message before ${place(before)}`);
  }

  private fail(reason: string): never {
    const { channel, direction, reader } = this.options;
    throw new Error(`the history of ${channel}, read ${direction} by ${reader}, ${reason}`);
  }
}

/** The documented order: (ts, origin, seq). Sequence numbers start at 1 in every epoch. */
function isBefore(a: LocatedMessage, b: LocatedMessage): boolean {
  if (a.ts !== b.ts) return a.ts < b.ts;
  if (a.origin !== b.origin) return a.origin < b.origin;
  return a.epoch === b.epoch ? a.seq < b.seq : a.epoch < b.epoch;
}

function place({ origin, epoch, seq }: LocatedMessage): string {
  return `${origin} ${epoch}:${seq}`;
}
