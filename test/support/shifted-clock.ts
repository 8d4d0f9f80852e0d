import { SystemClock } from '../../local/support/clock';

/** The wall clock, shifted by milliseconds that a test sets. Its timers take real time. */
export class ShiftedClock extends SystemClock {
  public shift = 0;

  public override now(): number {
    return super.now() + this.shift;
  }
}
