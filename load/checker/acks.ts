import type { HistoryEvent } from './history';
import { describe, type Logs } from './logs';
import type { CheckOptions, Report } from './problems';
import type { Position } from '../../protocol';

/** What publishers were told against what the logs hold. */
export class AckCheck {
  private readonly stored = new Map<string, Position>();
  /** Acknowledged without a place: to be found in the log at the end. */
  private readonly promised: {
    readonly channel: string;
    readonly origin: string;
    readonly id: string;
    readonly t: number;
  }[] = [];
  private isSettled = false;

  public constructor(
    private readonly logs: Logs,
    private readonly options: CheckOptions,
    private readonly report: Report,
  ) {}

  public take(event: HistoryEvent): void {
    if (event.type === 'publish-acknowledged') {
      const { channel, origin, epoch, ids, seqs, t } = event;
      if (epoch === undefined) for (const id of ids) this.promised.push({ channel, origin, id, t });
      else
        seqs?.forEach((seq, i) => {
          const place = this.logs.at(channel, origin, { epoch, seq });
          if (place?.id !== ids[i]) {
            const found = place === undefined ? 'nothing' : place.id;
            this.report(
              'unstored-ack',
              t,
              `${ids[i]} was acknowledged at ${channel} ${origin} ${describe({ epoch, seq })}, where ${found} is`,
            );
          }
        });
    } else if (event.type === 'stored') {
      const { channel, origin, epoch, seq, from, ids, t, lookedBack = true } = event;
      ids.forEach((id, i) => {
        const key = `${channel}#${origin}#${from}#${id}`;
        const place = { epoch, seq: seq + i };
        const before = this.stored.get(key);
        // A first attempt that is carried out after its own retry does not look; clients know its message by the id.
        if (before !== undefined && lookedBack && this.isWithinSight(before, place)) {
          const where = `${describe(before)} and ${describe(place)}`;
          this.report('stored-twice', t, `${id} stands at ${channel} ${origin} ${where}`);
        }
        this.stored.set(key, place);
      });
    } else if (event.type === 'settled') this.isSettled = true;
  }

  private isWithinSight(before: Position, place: Position): boolean {
    const { lookBack = Number.POSITIVE_INFINITY } = this.options;
    return before.epoch !== place.epoch || place.seq - before.seq <= lookBack;
  }

  public end(): void {
    if (!this.isSettled) return;
    for (const { channel, origin, id, t } of this.promised) {
      if (this.logs.find(channel, origin, id) !== undefined) continue;
      this.report('unstored-ack', t, `${id} was acknowledged at ${channel} ${origin}, and stands nowhere`);
    }
  }
}
