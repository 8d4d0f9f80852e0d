import { type Cursor, decodeCursor, encodeCursor, type Position, type SubscribeOk } from '../../../../protocol';

/** When origins were pending, how long until the server is asked again. Milliseconds. */
export const PENDING_RETRY = 1_000;
/** Waits double while asking brings nothing, up to this. Milliseconds. */
export const MAX_WAIT = 30_000;

/**
 * Where the server had nothing to go on with: it lags behind, or what comes next is still on its way to it. It is asked again
 * from there, not from where the channel stands by then: on a busy channel, pushes are always ahead of what is replicated, and
 * the answer would be `pending` for ever, with nothing missing.
 */
export class Lag {
  private places: Cursor = {};
  /** How often it was asked again in a row, and had nothing. */
  private vain = 0;
  /** The application has been told. */
  public isTold = false;

  public get isNone(): boolean {
    return Object.keys(this.places).length === 0;
  }

  /** Milliseconds until it is to be asked again. */
  public get wait(): number {
    return Math.min(MAX_WAIT, PENDING_RETRY * 2 ** this.vain);
  }

  public placeOf(origin: string): Position | undefined {
    return this.places[origin];
  }

  /** What the server answered: it lags there, or nowhere any more. */
  public note({ verdict, origins = [], cursor }: SubscribeOk): void {
    if (verdict !== 'pending') this.end();
    else {
      const end = decodeCursor(cursor);
      this.places = Object.fromEntries(origins.map((origin) => [origin, end[origin] ?? { epoch: '', seq: 0 }]));
    }
  }

  /** The server is asked again. */
  public asked(): void {
    this.vain += 1;
  }

  /** Some of what was on its way has come: the rest may not be long. */
  public shrank(): void {
    this.vain = 0;
  }

  public end(): void {
    this.places = {};
    this.vain = 0;
    this.isTold = false;
  }

  /** The place to ask from: where the channel stands, but for these. */
  public before(cursor: Cursor): string {
    return encodeCursor({ ...cursor, ...this.places });
  }
}
