// How late messages arrive at subscribers that are online.
import type { Cursor } from '../../protocol';
import type { Delivered, HistoryEvent, Judged, Unsubscribed } from './history';
import { comparePlaces, type Logs, type Place, START } from './logs';
import type { CheckOptions, Report } from './problems';
import type { Replicas } from './replicas';

/** What the lateness of a message is measured from. */
export const LATENESS_KINDS = [
  /** From its storage, or from the time when its subscriber was ready, in the region that stored it. */
  'same-region',
  /** The same, in another region, which knew of the subscriber when the message was stored. */
  'other-region',
  /**
   * From its replication, or from the time when its subscriber was ready, in another region, which may not have known of the
   * subscriber. The answer to the subscribe did not cover the message.
   */
  'joined',
  /** The same, when replication took longer than the first bound of CheckOptions allows. */
  'joined-lagging',
] as const;
export type LatenessKind = (typeof LATENESS_KINDS)[number];

/** A subscriber's last answer to a subscribe on a connection. */
interface Join {
  /** Milliseconds since 1970. */
  readonly t: number;
  /** What the answer covers. */
  readonly to: Cursor;
  /** When the connection opened that it was answered on. Milliseconds since 1970. */
  readonly onlineSince: number | undefined;
}

type Arrival = Pick<Delivered, 'subscriber' | 'channel' | 'origin' | 't' | 'id'>;

/** When a message must have arrived, and how its lateness counts. */
interface Due {
  readonly at: number;
  readonly kind: LatenessKind;
  /** What the lateness is measured from. Milliseconds since 1970. */
  readonly from: number;
}

export class LatenessCheck {
  /** Samples. Milliseconds. */
  public readonly samples: Readonly<Record<LatenessKind, number[]>> = {
    'same-region': [],
    'other-region': [],
    joined: [],
    'joined-lagging': [],
  };
  /** Answers to the first subscribe of a channel on a connection. */
  public joins = 0;
  private readonly onlineSince = new Map<string, number>();
  /** The region that last answered a resume, by subscriber. */
  private readonly regions = new Map<string, string>();
  /** By subscriber and channel. */
  private readonly joined = new Map<string, Join>();
  /** By subscriber, channel and origin: of the messages up to the last one, the one that is due last. Later ones wait for it. */
  private readonly dueSoFar = new Map<string, Due>();

  public constructor(
    private readonly logs: Logs,
    private readonly options: CheckOptions,
    private readonly report: Report,
    private readonly replicas: Replicas,
  ) {}

  public take(event: HistoryEvent): void {
    switch (event.type) {
      case 'online':
        this.onlineSince.set(event.subscriber, event.t);
        break;
      case 'offline':
        this.onlineSince.delete(event.subscriber);
        break;
      case 'judged':
        this.regions.set(event.subscriber, event.region);
        this.judged(event);
        break;
      case 'unsubscribed':
        this.joined.delete(`${event.subscriber} ${event.channel}`);
        break;
      default:
    }
  }

  /** A message arrived. @param since when its subscriber subscribed. Milliseconds since 1970 */
  public delivered(event: Delivered, place: Place | undefined, since: number): void {
    const due = place && this.dueOf(event, place, since);
    // A push may be faster than replication.
    if (due === undefined || !Number.isFinite(due.from)) return;
    const { kind, from } = this.check(event, due);
    this.samples[kind].push(Math.max(0, event.t - from));
  }

  /** Messages that have not arrived when their subscriber unsubscribes may be late already. In the order of their log. */
  public missed(event: Unsubscribed, origin: string, places: readonly Place[], since: number): void {
    for (const place of places) {
      const due = this.dueOf({ ...event, origin }, place, since);
      // The messages after one that has not replicated wait for it.
      if (due !== undefined && !Number.isFinite(due.from)) return;
      if (due !== undefined) this.check({ ...event, origin, id: place.id }, due);
    }
  }

  private judged({ subscriber, channel, t, to }: Judged): void {
    const name = `${subscriber} ${channel}`;
    const onlineSince = this.onlineSince.get(subscriber);
    const known = this.joined.get(name);
    if (known !== undefined && known.onlineSince === onlineSince) return;
    this.joined.set(name, { t, to, onlineSince });
    this.joins += 1;
    for (const origin of this.logs.origins(channel)) this.dueSoFar.delete(`${name} ${origin}`);
  }

  /** @returns when the message, and those that it waits for, were due */
  private check({ subscriber, channel, origin, t, id }: Arrival, own: Due): Due {
    const name = `${subscriber} ${channel} ${origin}`;
    const before = this.dueSoFar.get(name);
    const due = before !== undefined && before.at > own.at ? before : own;
    this.dueSoFar.set(name, due);
    if (t > due.at) this.report('late', t, `${name} ${id}: ${(t - due.from).toFixed(0)} ms`);
    return due;
  }

  private dueOf(
    { subscriber, channel, origin }: Pick<Arrival, 'subscriber' | 'channel' | 'origin'>,
    place: Place,
    since: number,
  ): Due | undefined {
    const { late } = this.options;
    const onlineSince = this.onlineSince.get(subscriber);
    if (late === undefined || onlineSince === undefined) return undefined;
    const join = this.joined.get(`${subscriber} ${channel}`);
    const readyAt = Math.max(onlineSince, since, join?.t ?? 0);
    const from = Math.max(place.t, readyAt);
    const region = this.regions.get(subscriber) ?? origin;
    if (region === origin || late.across === undefined) return { kind: 'same-region', from, at: from + late.after };
    const { after, knownAfter, joined } = late.across;
    // What the answer covers came with the answer.
    const isCovered = join !== undefined && comparePlaces(place, join.to[origin] ?? START) <= 0;
    if (isCovered || place.t >= readyAt + knownAfter) return { kind: 'other-region', from, at: from + after };
    const replicatedAt = this.replicas.at(channel, { origin, region, place });
    const waited = Math.max(replicatedAt, readyAt);
    const bound = joined.findIndex(({ replicatedWithin }) => replicatedAt <= readyAt + replicatedWithin);
    const kind = bound > 0 ? 'joined-lagging' : 'joined';
    return { kind, from: waited, at: waited + (joined[bound]?.after ?? Number.POSITIVE_INFINITY) };
  }
}
