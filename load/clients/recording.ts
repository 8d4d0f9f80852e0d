// What an audience saw, written down: for the delivery checker, and for what is measured.
import type { Verdict } from '../../protocol';
import type { HistoryEvent } from '../checker';

/** An event without its time. */
export type Happening<E = HistoryEvent> = E extends HistoryEvent ? Omit<E, 't'> : never;

/** A client's word on a channel's catch-up. */
export interface VerdictSeen {
  readonly t: number;
  readonly client: string;
  readonly channel: string;
  readonly verdict: Verdict;
}

/** A publish, from the call to its answer. */
export interface PublishSeen {
  readonly t: number;
  readonly client: string;
  /** Milliseconds until the acknowledgement; undefined when it failed. */
  readonly took?: number;
  /** Name of the error, when it failed. */
  readonly error?: string;
}

/** A client has a region that serves it. */
export interface ServedSeen {
  readonly t: number;
  readonly client: string;
  readonly region: string;
}

/** Everything that an audience records. */
export class Recording {
  public readonly history: HistoryEvent[] = [];
  public readonly verdicts: VerdictSeen[] = [];
  public readonly publishes: PublishSeen[] = [];
  public readonly served: ServedSeen[] = [];

  /** @param now milliseconds since 1970 */
  public constructor(public readonly now: () => number) {}

  public record(event: Happening): void {
    this.history.push({ t: this.now(), ...event });
  }
}
