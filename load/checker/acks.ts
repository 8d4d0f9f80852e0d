import type { HistoryEvent } from './history';
import { describe, type Logs } from './logs';
import type { CheckOptions, Report } from './problems';
import type { Position } from '../../protocol';

/** Compares acknowledgements with the logs. */
export class AckCheck {
  private readonly stored = new Map<string, Position>();
  /** Acknowledged without a place: must be in the log at the end. */
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
            const found = place === undefined ? 'is empty' : `holds ${place.id}`;
            this.report(
              'unstored-ack',
              t,
              `${ids[i]} was acknowledged at ${channel} ${origin} ${describe({ epoch, seq })}, which ${found}`,
            );
          }
        });
    } else if (event.type === 'stored') {
      const { channel, origin, epoch, seq, from, ids, t, lookedBack = true } = event;
      ids.forEach((id, i) => {
        const key = `${channel}#${origin}#${from}#${id}`;
        const place = { epoch, seq: seq + i };
        const before = this.stored.get(key);
        // A first attempt that runs after its own retry does not look back. Clients drop its message by the id.
        const isRemoved = before !== undefined && this.logs.at(channel, origin, before)?.removedAt !== undefined;
        if (before !== undefined && !isRemoved && lookedBack && this.isWithinLookBack(before, place)) {
          const where = `${describe(before)} and ${describe(place)}`;
          this.report('stored-twice', t, `${id} is stored at ${channel} ${origin} ${where}`);
        }
        this.stored.set(key, place);
      });
    } else if (event.type === 'settled') this.isSettled = true;
  }

  private isWithinLookBack(before: Position, place: Position): boolean {
    const { lookBack = Number.POSITIVE_INFINITY } = this.options;
    return before.epoch !== place.epoch || place.seq - before.seq <= lookBack;
  }

  public end(): void {
    if (!this.isSettled) return;
    for (const { channel, origin, id, t } of this.promised) {
      if (this.logs.find(channel, origin, id) !== undefined) continue;
      this.report('unstored-ack', t, `${id} was acknowledged at ${channel} ${origin}, and is not stored`);
    }
  }
}
