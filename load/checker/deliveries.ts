import { type Cursor, EPOCH_END, type Position } from '../../protocol';
import type { Delivered, Gap, HistoryEvent, Subscribed, Unsubscribed } from './history';
import type { LatenessCheck } from './lateness';
import { comparePlaces, describe, type Logs, type Place, START } from './logs';
import type { CheckOptions, CountExcuse, Report } from './problems';
import type { RightsCheck } from './rights';

/** One subscriber on one channel. */
interface Subscription {
  active: boolean;
  /** By origin: the place up to which every message is accounted for. */
  readonly positions: Map<string, Position>;
  /** Ids of delivered messages. */
  readonly seen: Set<string>;
  /** Ids of messages that the application has seen and, after a restart, no longer knows. */
  forgotten: ReadonlySet<string>;
  /** When the subscriber subscribed last. */
  since: number;
}

/** What a check of deliveries reports to, and asks. */
export interface DeliveryCheckDeps {
  readonly report: Report;
  readonly excuse: CountExcuse;
  readonly lateness: LatenessCheck;
  readonly rights: RightsCheck;
}

/** Compares the messages that applications got with those that they should have got. */
export class DeliveryCheck {
  private readonly subscriptions = new Map<string, Subscription>();
  /** Channel and publisher by message id. */
  private readonly published = new Map<string, { readonly channel: string; readonly from: string }>();
  private readonly refused = new Set<string>();
  private settledAt: number | undefined;
  /** Missing messages that `CheckOptions.forgottenAfter` excuses. */
  public forgotten = 0;

  public constructor(
    private readonly logs: Logs,
    private readonly options: CheckOptions,
    private readonly others: DeliveryCheckDeps,
  ) {}

  public take(event: HistoryEvent): void {
    switch (event.type) {
      case 'publish-begun':
        for (const id of event.ids) this.published.set(id, { channel: event.channel, from: event.from });
        break;
      case 'publish-refused':
        for (const id of event.ids) this.refused.add(id);
        break;
      case 'subscribed':
        this.subscribed(event);
        break;
      case 'unsubscribed': {
        const subscription = this.subscriptions.get(`${event.subscriber} ${event.channel}`);
        if (subscription?.active === true) this.unsubscribed(event, subscription);
        break;
      }
      case 'restarted':
        for (const [name, subscription] of this.subscriptions) {
          if (name.startsWith(`${event.subscriber} `)) subscription.forgotten = new Set(subscription.seen);
        }
        break;
      case 'delivered':
        this.delivered(event);
        break;
      case 'gap':
        this.gap(event);
        break;
      case 'settled':
        this.settledAt = event.t;
        break;
      default:
    }
  }

  /** At the end, every subscription must have reached the end of every log. */
  public end(): void {
    if (this.settledAt === undefined) return;
    for (const [name, { active, positions, seen }] of this.subscriptions) {
      if (!active) continue;
      const channel = name.slice(name.indexOf(' ') + 1);
      for (const origin of this.logs.origins(channel)) {
        const position = positions.get(origin) ?? START;
        const missing = this.logs.between(channel, origin, position).filter(({ id }) => !seen.has(id));
        for (const place of missing) {
          if (this.isForgotten(place, position, this.settledAt)) continue;
          this.others.report('lost', this.settledAt, `${name} never got ${origin} ${describe(place)} ${place.id}`);
        }
      }
    }
  }

  private subscribed({ subscriber, channel, cursor, since, t }: Subscribed): void {
    const name = `${subscriber} ${channel}`;
    const before = this.subscriptions.get(name);
    this.subscriptions.set(name, {
      active: true,
      positions: new Map(
        Object.entries(since === undefined ? cursor : this.positionsSince(channel, cursor, { since, t })),
      ),
      // A subscriber that returns still knows the ids that it has seen.
      seen: before?.seen ?? new Set<string>(),
      forgotten: before?.forgotten ?? new Set(),
      since: t,
    });
  }

  /** The positions before the first messages from a time on that have not expired; those of the cursor where they are earlier. */
  private positionsSince(
    channel: string,
    cursor: Cursor,
    { since, t }: { readonly since: number; readonly t: number },
  ): Cursor {
    const { clockTolerance = 0 } = this.options;
    const positions = this.logs.origins(channel).map((origin) => {
      const first = this.logs
        .log(channel, origin)
        .find((place) => place.t >= since + clockTolerance && place.expires > t + clockTolerance);
      const own = cursor[origin] ?? START;
      const before = first === undefined ? own : { epoch: first.epoch, seq: first.seq - 1 };
      return [origin, comparePlaces(before, own) < 0 ? before : own] as const;
    });
    return { ...cursor, ...Object.fromEntries(positions) };
  }

  /** A message that has not arrived when its subscriber unsubscribes may be late already. */
  private unsubscribed(event: Unsubscribed, subscription: Subscription): void {
    const { channel, t } = event;
    subscription.active = false;
    for (const origin of this.logs.origins(channel)) {
      const position = subscription.positions.get(origin) ?? START;
      const missing = this.logs.between(channel, origin, position);
      const late = missing.filter(({ id, expires }) => t < expires && !subscription.seen.has(id));
      this.others.lateness.missed(event, origin, late, subscription.since);
    }
  }

  private delivered(event: Delivered): void {
    const { subscriber, channel, origin, epoch, seq, id, from, t } = event;
    const what = `${subscriber} ${channel} ${origin} ${describe(event)} ${id}`;
    const source = this.published.get(id);
    if (source === undefined || source.from !== from) this.others.report('phantom', t, `${what}: no publisher sent it`);
    else if (source.channel !== channel)
      this.others.report('cross-channel', t, `${what}: published on ${source.channel}`);
    if (this.refused.has(id)) this.others.report('phantom', t, `${what}: its publish was refused`);
    if (this.options.mayReceive?.(subscriber, channel, t) === false) this.others.report('unauthorized', t, what);

    const subscription = this.subscriptions.get(`${subscriber} ${channel}`);
    if (subscription?.active !== true) {
      this.others.report('unauthorized', t, `${what}: not subscribed`);
      return;
    }
    const { positions, seen, forgotten } = subscription;
    const position = positions.get(origin) ?? START;
    const place = this.logs.at(channel, origin, { epoch, seq });
    if (place !== undefined && place.id !== id)
      this.others.report('broken-log', t, `${what}: its place holds ${place.id}`);
    // A retry that went to another region is stored in both logs. Clients recognize it only by the ids in their memory.
    if (seen.has(id) && forgotten.has(id)) this.others.excuse('duplicate-after-restart');
    else if (seen.has(id)) this.others.report('duplicate', t, what);
    seen.add(id);
    if (comparePlaces({ epoch, seq }, position) <= 0) {
      this.others.report('reorder', t, `${what}: after ${describe(position)}`);
      return;
    }
    this.skipTo(subscription, event, { epoch, seq }, what);
    positions.set(origin, { epoch, seq });
    this.others.lateness.delivered(event, place, subscription.since);
  }

  /** Skipped messages are lost, unless the subscriber got them at another place before: a publish that is stored twice. */
  private skipTo(subscription: Subscription, event: Delivered, next: Position, what: string): void {
    const { channel, origin, t } = event;
    const position = subscription.positions.get(origin) ?? START;
    const missing = this.logs.between(channel, origin, position, next);
    for (const place of missing) {
      if (subscription.seen.has(place.id) || this.isForgotten(place, position, t)) continue;
      this.others.report('lost', t, `${what}: without ${describe(place)} ${place.id}`);
    }
  }

  /** Whether a message belongs to an epoch that began after the subscription's position, and whose header may be deleted by now. */
  private isForgotten({ epoch, expires }: Place, position: Position, t: number): boolean {
    const { forgottenAfter = Number.POSITIVE_INFINITY } = this.options;
    const isAtEnd = position.epoch === '' || (position.epoch !== epoch && position.seq >= EPOCH_END - 1);
    const isForgotten = isAtEnd && expires < t && Number.parseInt(epoch, 36) + forgottenAfter < t;
    if (isForgotten) this.forgotten += 1;
    return isForgotten;
  }

  private gap({ subscriber, channel, origin, after, next, t }: Gap): void {
    const subscription = this.subscriptions.get(`${subscriber} ${channel}`);
    if (subscription === undefined) return;
    const what = `${subscriber} ${channel} ${origin} ${describe(after)}..${describe(next)}`;
    const position = subscription.positions.get(origin) ?? START;
    for (const place of this.logs.between(channel, origin, position, next)) {
      const isCovered = comparePlaces(place, after) > 0;
      if (!isCovered && !subscription.seen.has(place.id))
        this.others.report('lost', t, `${what}: without ${describe(place)}`);
      const isGone = place.expires <= t + (this.options.clockTolerance ?? 0);
      if (isCovered && !isGone && !this.others.rights.mayBeOutOfReach(subscriber, channel, { place, t }))
        this.others.report('false-verdict', t, `${what}: ${describe(place)} is not gone`);
    }
    const last = { epoch: next.epoch, seq: next.seq - 1 };
    if (comparePlaces(last, position) > 0) subscription.positions.set(origin, last);
  }
}
