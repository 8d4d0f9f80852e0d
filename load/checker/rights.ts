// How far back a subscriber without the right to history may read.
import type { Exposed, HistoryEvent } from './history';
import { describe, type Logs, type Place } from './logs';
import type { CheckOptions, Report } from './problems';

export class RightsCheck {
  private readonly onlineSince = new Map<string, number>();

  public constructor(
    private readonly logs: Logs,
    private readonly options: CheckOptions,
    private readonly report: Report,
  ) {}

  public take(event: HistoryEvent): void {
    if (event.type === 'online') this.onlineSince.set(event.subscriber, event.t);
    // Not the delivery to the application: the client may have kept a message that was pushed long before.
    else if (event.type === 'exposed') this.exposed(event);
  }

  /**
   * Whether a subscriber may be told that it can't read a message any more. Its connection may have been replaced without going
   * offline, so that all that is known is that it began before the time of the answer.
   */
  public mayBeOutOfReach(
    subscriber: string,
    channel: string,
    { place, t }: { readonly place: Place; readonly t: number },
  ): boolean {
    const { resumeWindow, clockTolerance = 0 } = this.options;
    const window = resumeWindow?.(subscriber, channel);
    return window !== undefined && place.t < t - window + clockTolerance;
  }

  private exposed(event: Exposed): void {
    const { subscriber, channel, origin, t, id } = event;
    const place = this.logs.at(channel, origin, event);
    if (this.options.mayReceive?.(subscriber, channel, t) === false) {
      this.report('unauthorized', t, `${subscriber} got ${channel} ${origin} ${describe(event)} ${id}`);
    }
    if (place === undefined) return;
    if (place.t >= this.reachOf(subscriber, channel) - (this.options.clockTolerance ?? 0)) return;
    const age = ((t - place.t) / 1000).toFixed(0);
    const what = `${subscriber} ${channel} ${origin} ${describe(place)} ${place.id}`;
    this.report('unauthorized', t, `${what}: ${age} s old, without the right to history`);
  }

  /** The time from which on a subscriber may read. Milliseconds since 1970. */
  private reachOf(subscriber: string, channel: string): number {
    const window = this.options.resumeWindow?.(subscriber, channel) ?? Number.POSITIVE_INFINITY;
    return (this.onlineSince.get(subscriber) ?? Number.NEGATIVE_INFINITY) - window;
  }
}
