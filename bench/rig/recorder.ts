// What an audience has received: who got which message when, what is missing, twice, or out of order.
import { type Quantiles, quantilesOf } from '../../load/measures/quantiles';

/** A message carries its number so, whatever frame a contender puts around it: no other text of a frame has such a thing. */
export function textOf(message: number, bytes: number): string {
  const mark = `#${message}#`;
  return mark + 'x'.repeat(Math.max(0, bytes - mark.length));
}

/** The mark; before it, in the frames of those who have one, the message's place in its channel. */
const MARKS = /(?:"seq":(\d+)[^#]*)?#(\d+)#/g;
/** The answer to a publish, whose id is the message's number. */
const ACKNOWLEDGED = /^\{"id":(\d+),"ok"/;
/** API Gateway bills a frame by so many bytes. https://aws.amazon.com/api-gateway/pricing/ */
const BILLED_BYTES = 32 * 1024;

/** One subscriber's connection, by number. */
export type Seat = number;

export interface Received {
  /** Messages that should have come, to each seat that was expected. */
  readonly expected: number;
  /** Of these, how many came. */
  readonly delivered: number;
  readonly lost: number;
  /** Messages whose publisher was told that they are stored, by those who tell. */
  readonly acknowledged: number;
  /** Of these, what did not come. */
  readonly lostAcknowledged: number;
  readonly duplicated: number;
  /** Came after one that stands behind them. */
  readonly reordered: number;
  /** Of expected seats. Frames may carry several messages. */
  readonly frames: number;
  /** Of frames, as API Gateway bills them. */
  readonly billed: number;
  /** From publish to receipt, of all that was delivered. Milliseconds. */
  readonly latency: Quantiles | undefined;
  /** From publish to the last receipt of each message. Milliseconds. */
  readonly toLast: Quantiles | undefined;
  /** If they were asked for. */
  readonly times?: readonly MessageTimes[];
}

/** When things happened to one message, in milliseconds since 1970 as other processes count them, with fractions. */
export interface MessageTimes {
  readonly message: number;
  readonly sent: number;
  readonly acknowledged: number | undefined;
  readonly first: number | undefined;
  readonly last: number | undefined;
}

export class Recorder {
  private readonly expected: Set<Seat>;
  private readonly sentAt = new Map<number, number>();
  private readonly arrivals = new Map<number, Map<Seat, number>>();
  private readonly newest = new Map<Seat, number>();
  private readonly acknowledged = new Map<number, number>();
  private duplicated = 0;
  private reordered = 0;
  private frames = 0;
  private billed = 0;
  /** Expected deliveries that have not come. */
  public missing = 0;

  public constructor(seats: readonly Seat[]) {
    this.expected = new Set(seats);
  }

  public sent(message: number, at: number): void {
    this.sentAt.set(message, at);
    this.arrivals.set(message, new Map());
    this.missing += this.expected.size;
  }

  public received(seat: Seat, frame: Buffer, at: number): void {
    if (!this.expected.has(seat)) return;
    let isOurs = false;
    for (const [, place, mark] of frame.toString('latin1').matchAll(MARKS)) {
      const message = Number(mark);
      const seats = this.arrivals.get(message);
      if (seats === undefined) continue;
      isOurs = true;
      if (seats.has(seat)) {
        this.duplicated += 1;
        continue;
      }
      seats.set(seat, at);
      this.missing -= 1;
      const order = Number(place ?? mark);
      const newest = this.newest.get(seat) ?? -1;
      if (order < newest) this.reordered += 1;
      else this.newest.set(seat, order);
    }
    if (!isOurs) return;
    this.frames += 1;
    this.billed += Math.ceil(frame.length / BILLED_BYTES);
  }

  /** Takes what a publisher received. */
  public answered(frame: Buffer, at: number): void {
    const [, message] = ACKNOWLEDGED.exec(frame.toString('latin1', 0, 40)) ?? [];
    if (message !== undefined) this.acknowledged.set(Number(message), at);
  }

  /** Whether a message has reached everybody who was expected. */
  public isWhole(message: number): boolean {
    return this.arrivals.get(message)?.size === this.expected.size;
  }

  /** @param origin when the clock began that everything here was told by. Milliseconds since 1970 */
  public times(origin: number): readonly MessageTimes[] {
    const since1970 = (at: number | undefined): number | undefined => (at === undefined ? undefined : origin + at);
    return [...this.sentAt].map(([message, sent]) => {
      const arrivals = [...(this.arrivals.get(message)?.values() ?? [])].sort((a, b) => a - b);
      return {
        ...{ message, sent: origin + sent, acknowledged: since1970(this.acknowledged.get(message)) },
        ...{ first: since1970(arrivals[0]), last: since1970(arrivals.at(-1)) },
      };
    });
  }

  public report(): Received {
    const [took, toLast]: [number[], number[]] = [[], []];
    for (const [message, seats] of this.arrivals) {
      const sentAt = this.sentAt.get(message) ?? Number.NaN;
      let last = 0;
      for (const at of seats.values()) {
        took.push(at - sentAt);
        last = Math.max(last, at - sentAt);
      }
      if (seats.size > 0) toLast.push(last);
    }
    const expected = this.expected.size * this.arrivals.size;
    const arrived = (message: number): number => this.arrivals.get(message)?.size ?? 0;
    const stored = [...this.acknowledged.keys()].filter((message) => this.arrivals.has(message));
    return {
      acknowledged: stored.length,
      lostAcknowledged: stored.reduce((sum, message) => sum + this.expected.size - arrived(message), 0),
      ...{ expected, delivered: took.length, lost: this.missing, duplicated: this.duplicated },
      ...{ reordered: this.reordered, frames: this.frames, billed: this.billed },
      ...{ latency: quantilesOf(took), toLast: quantilesOf(toLast) },
    };
  }
}
