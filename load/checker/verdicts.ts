import { EPOCH_END } from '../../protocol';
import type { HistoryEvent, Judged } from './history';
import { comparePlaces, describe, type Logs, START } from './logs';
import type { CheckOptions, Report } from './problems';

/** Compares the verdicts of resumes with the logs. */
export class VerdictCheck {
  /** Acknowledged places by channel and origin, in the order of their acknowledgements. */
  private readonly acknowledged = new Map<
    string,
    { readonly t: number; readonly epoch: string; readonly seq: number }[]
  >();

  public constructor(
    private readonly logs: Logs,
    private readonly options: CheckOptions,
    private readonly report: Report,
  ) {}

  public take(event: HistoryEvent): void {
    if (event.type === 'publish-acknowledged') {
      const { channel, origin, epoch, seqs = [], t } = event;
      if (epoch === undefined) return;
      const list = this.acknowledged.get(`${channel}#${origin}`) ?? [];
      this.acknowledged.set(`${channel}#${origin}`, list);
      for (const seq of seqs) list.push({ t, epoch, seq });
    } else if (event.type === 'judged') this.checkVerdict(event);
  }

  public end(): void {
    // Every problem is reported when its event is taken.
  }

  private checkVerdict(event: Judged): void {
    const { subscriber, channel, region, from, to, verdict, askedAt, more, t } = event;
    if (verdict !== 'complete') return;
    const what = `${subscriber} ${channel}: complete`;
    for (const origin of this.logs.origins(channel)) {
      const before = from[origin] ?? START;
      const after = to[origin] ?? START;
      if (comparePlaces(after, before) < 0) {
        this.report('false-verdict', t, `${what}, but back from ${describe(before)} to ${describe(after)}`);
      }
      // A resume that ends in another epoch is complete only if the client began before the first message, or at the end of its epoch.
      const wasAtEnd = before.epoch === '' || before.seq === EPOCH_END;
      if (!wasAtEnd && after.epoch !== before.epoch) {
        this.report('false-verdict', t, `${what}, from ${describe(before)} to ${describe(after)} of another epoch`);
      }
      // Expired messages can't be in the answer.
      const gone = this.logs
        .between(channel, origin, before, { ...after, seq: after.seq + 1 })
        .find(({ expires }) => expires + (this.options.clockTolerance ?? 0) < askedAt);
      if (gone !== undefined) this.report('false-verdict', t, `${what}, without ${describe(gone)}, which is gone`);
      // For the log of the region that answered, the answer covers everything that was acknowledged before the request.
      if (origin !== region || more) continue;
      for (const place of this.acknowledged.get(`${channel}#${origin}`) ?? []) {
        const isThere = (this.logs.at(channel, origin, place)?.expires ?? 0) > t + (this.options.clockTolerance ?? 0);
        if (isThere && place.t < askedAt && comparePlaces(place, after) > 0) {
          this.report('false-verdict', t, `${what} at ${describe(after)}, without ${describe(place)} of ${origin}`);
        }
      }
    }
  }
}
