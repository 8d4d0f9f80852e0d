import type { HistoryEvent, Stored } from './history';
import { describe, type Logs } from './logs';
import type { CheckOptions, CountExcuse, Excuse, Report } from './problems';
import type { Position } from '../../protocol';

/** A message that is stored at a second place of a log. */
interface StoredAgain {
  readonly id: string;
  readonly t: number;
  readonly before: Position;
  readonly place: Position;
  readonly lookedBack: boolean;
}

/** Compares acknowledgements with the logs. */
export class AckCheck {
  /** By publish: its place in the log of each region. */
  private readonly places = new Map<string, Map<string, Position>>();
  /** By message id: when its publish with an idempotency key began. */
  private readonly keyedSince = new Map<string, number>();
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
    private readonly excuse: CountExcuse,
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
    } else if (event.type === 'publish-begun') {
      if (event.isKeyed === true) for (const id of event.ids) this.keyedSince.set(id, event.t);
    } else if (event.type === 'stored') this.stored(event);
    else if (event.type === 'settled') this.isSettled = true;
  }

  private stored({ channel, origin, epoch, seq, from, ids, t, lookedBack = true }: Stored): void {
    ids.forEach((id, i) => {
      const publish = `${channel}#${from}#${id}`;
      const places = this.places.get(publish) ?? new Map<string, Position>();
      this.places.set(publish, places);
      const place = { epoch, seq: seq + i };
      const before = places.get(origin);
      places.set(origin, place);
      // A message that a restore has removed may be stored again.
      if (before === undefined || this.logs.at(channel, origin, before)?.removedAt !== undefined) {
        if (before === undefined && places.size > 1) this.excuse('stored-in-two-regions');
        return;
      }
      const excuse = this.excuseOf({ id, t, before, place, lookedBack });
      if (excuse !== undefined) this.excuse(excuse);
      else {
        const where = `${describe(before)} and ${describe(place)}`;
        this.report('stored-twice', t, `${id} is stored at ${channel} ${origin} ${where}`);
      }
    });
  }

  /** Why a publish may be stored twice in one region, if it may. */
  private excuseOf({ id, t, before, place, lookedBack }: StoredAgain): Excuse | undefined {
    const {
      lookBack = Number.POSITIVE_INFINITY,
      keyWindow = Number.POSITIVE_INFINITY,
      clockTolerance = 0,
    } = this.options;
    const keyedSince = this.keyedSince.get(id);
    if (keyedSince !== undefined) {
      return t - keyedSince >= keyWindow - clockTolerance ? 'stored-twice-after-key-window' : undefined;
    }
    if (!lookedBack) return 'stored-twice-late-first-attempt';
    const isWithin = before.epoch !== place.epoch || place.seq - before.seq <= lookBack;
    return isWithin ? undefined : 'stored-twice-beyond-look-back';
  }

  public end(): void {
    if (!this.isSettled) return;
    for (const { channel, origin, id, t } of this.promised) {
      if (this.logs.find(channel, origin, id) !== undefined) continue;
      this.report('unstored-ack', t, `${id} was acknowledged at ${channel} ${origin}, and is not stored`);
    }
  }
}
