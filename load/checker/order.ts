import type { Position } from '../../protocol';
import type { HistoryEvent } from './history';
import { comparePlaces, describe, type Logs } from './logs';
import type { Report } from './problems';

/** Checks the order of publishes in a log: a publish that began after another was acknowledged must come after it. */
export class OrderCheck {
  /** The last acknowledged place, by channel, then by origin. */
  private readonly acknowledged = new Map<string, ReadonlyMap<string, Position>>();
  /** The last acknowledged places of its channel when a message was published, by message id. */
  private readonly begun = new Map<
    string,
    { readonly t: number; readonly channel: string; readonly before: ReadonlyMap<string, Position> }
  >();

  public constructor(
    private readonly logs: Logs,
    private readonly report: Report,
  ) {}

  public take(event: HistoryEvent): void {
    if (event.type === 'publish-acknowledged') {
      const { channel, origin, ids } = event;
      const places = new Map(this.acknowledged.get(channel));
      for (const id of ids) {
        const place = this.logs.find(channel, origin, id);
        const last = places.get(origin);
        if (place !== undefined && (last === undefined || comparePlaces(place, last) > 0)) places.set(origin, place);
      }
      this.acknowledged.set(channel, places);
    } else if (event.type === 'publish-begun') {
      const { channel, ids, t } = event;
      const before = this.acknowledged.get(channel);
      if (before !== undefined) for (const id of ids) this.begun.set(id, { t, channel, before });
    }
  }

  public end(): void {
    for (const [id, { t, channel, before }] of this.begun) {
      for (const [origin, last] of before) {
        const place = this.logs.find(channel, origin, id);
        if (place === undefined || comparePlaces(place, last) > 0) continue;
        const what = `${id} at ${channel} ${origin} ${describe(place)}`;
        this.report('misordered', t, `${what}: when it was published, ${describe(last)} had been acknowledged`);
      }
    }
  }
}
