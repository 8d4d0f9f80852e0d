import type { Position } from '../../protocol';
import type { HistoryEvent } from './history';
import { comparePlaces, describe, type Logs } from './logs';
import type { Report } from './problems';

/** Whether a log has publishes in the order in which they were made: one that began after another was acknowledged stands behind it. */
export class OrderCheck {
  /** By channel, then by origin: the last place that has been acknowledged. */
  private readonly acknowledged = new Map<string, ReadonlyMap<string, Position>>();
  /** By message id: what had been acknowledged in its channel when it was published. */
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
