// Records the messages that an audience receives, and counts missing, duplicated and reordered ones.
import { type Quantiles, quantilesOf } from '../../load/measures/quantiles';

/** The text of a message. It contains the message's number in a form that occurs nowhere else in the frames of contenders. */
export function textOf(message: number, bytes: number): string {
  const mark = `#${message}#`;
  return mark + 'x'.repeat(Math.max(0, bytes - mark.length));
}

/** The number of a message, and the sequence number before it, in frames that have one. */
const MARKS = /(?:"seq":(\d+)[^#]*)?#(\d+)#/g;
/** The acknowledgement of a publish. Its id is the message's number. */
const ACKNOWLEDGED = /^\{"id":(\d+),"ok"/;
/** Bytes that API Gateway bills as one message. https://aws.amazon.com/api-gateway/pricing/ */
const BILLED_BYTES = 32 * 1024;

/** Number of a connection of the audience. */
export type Seat = number;

export interface Received {
  /** Expected deliveries: messages times expected seats. */
  readonly expected: number;
  /** Expected deliveries that arrived. */
  readonly delivered: number;
  readonly lost: number;
  /** Messages with an acknowledgement that they are stored; 0 for contenders without acknowledgements. */
  readonly acknowledged: number;
  /** Deliveries of acknowledged messages that did not arrive. */
  readonly lostAcknowledged: number;
  readonly duplicated: number;
  /** Deliveries that arrived after one of a later message. */
  readonly reordered: number;
  /** Frames to expected seats. A frame may contain several messages. */
  readonly frames: number;
  /** Messages that API Gateway would bill for these frames. */
  readonly billed: number;
  /** From publish to receipt, of all deliveries. Milliseconds. */
  readonly latency: Quantiles | undefined;
  /** From publish to the last receipt of each message. Milliseconds. */
  readonly toLast: Quantiles | undefined;
  /** Set when the round asked for them. */
  readonly times?: readonly MessageTimes[];
}

/** Times of one message. Milliseconds since 1970, with fractions, comparable between processes of this machine. */
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
  /** Expected deliveries that have not arrived. */
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
    let isExpected = false;
    for (const [, place, mark] of frame.toString('latin1').matchAll(MARKS)) {
      const message = Number(mark);
      const seats = this.arrivals.get(message);
      if (seats === undefined) continue;
      isExpected = true;
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
    if (!isExpected) return;
    this.frames += 1;
    this.billed += Math.ceil(frame.length / BILLED_BYTES);
  }

  /** Takes a frame that a publisher received. */
  public answered(frame: Buffer, at: number): void {
    const [, message] = ACKNOWLEDGED.exec(frame.toString('latin1', 0, 40)) ?? [];
    if (message !== undefined) this.acknowledged.set(Number(message), at);
  }

  /** Whether a message has reached all expected seats. */
  public isDeliveredToAll(message: number): boolean {
    return this.arrivals.get(message)?.size === this.expected.size;
  }

  /** @param origin time origin of the recorded times. Milliseconds since 1970 */
  public times(origin: number): readonly MessageTimes[] {
    const since1970 = (at: number | undefined): number | undefined => (at === undefined ? undefined : origin + at);
    return [...this.sentAt].map(([message, sent]) => {
      const arrivals = [...(this.arrivals.get(message)?.values() ?? [])].sort((a, b) => a - b);
      return {
        message,
        sent: origin + sent,
        acknowledged: since1970(this.acknowledged.get(message)),
        first: since1970(arrivals[0]),
        last: since1970(arrivals.at(-1)),
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
      expected,
      delivered: took.length,
      lost: this.missing,
      acknowledged: stored.length,
      lostAcknowledged: stored.reduce((sum, message) => sum + this.expected.size - arrived(message), 0),
      duplicated: this.duplicated,
      reordered: this.reordered,
      frames: this.frames,
      billed: this.billed,
      latency: quantilesOf(took),
      toLast: quantilesOf(toLast),
    };
  }
}
