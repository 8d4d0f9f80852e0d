// The recorded events of an audience, for the delivery checker and the measures.
import type { Verdict } from '../../protocol';
import type { HistoryEvent } from '../checker';

/** An event without its time. */
export type Happening<E = HistoryEvent> = E extends HistoryEvent ? Omit<E, 't'> : never;

/** A verdict of a client on catching up in a channel. */
export interface VerdictSeen {
  readonly t: number;
  readonly client: string;
  readonly channel: string;
  readonly verdict: Verdict;
}

/** A publish, from the call to its outcome. */
export interface PublishSeen {
  readonly t: number;
  readonly client: string;
  /** Milliseconds until the acknowledgement; undefined when it failed. */
  readonly took?: number;
  /** Name of the error, when it failed. */
  readonly error?: string;
}

/** The region that serves a client from then on. */
export interface ServedSeen {
  readonly t: number;
  readonly client: string;
  readonly region: string;
}

/** The events of an audience. */
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
