import { type Cursor, EPOCH_END, type Verdict } from '../../protocol';
import type { HistoryEvent, Judged } from './history';
import { comparePlaces, describe, type Logs, START } from './logs';
import type { CheckOptions, Report } from './problems';
import type { Replicas } from './replicas';

/** Answers `expired` or `reset` to an unchanged cursor. A client may ask again before it uses the first. */
const MAX_REPEATED = 2;

/** Compares the verdicts of resumes with the logs. */
export class VerdictCheck {
  /** Acknowledged places by channel and origin, in the order of their acknowledgements. */
  private readonly acknowledged = new Map<
    string,
    { readonly t: number; readonly epoch: string; readonly seq: number }[]
  >();

  /** By subscriber and channel: the last verdict, and how often the same cursor got it. */
  private readonly stuck = new Map<
    string,
    {
      readonly verdict: Verdict;
      readonly from: Cursor;
      readonly since: number;
      /** When the last answer came that counts. */
      answeredAt: number;
      count: number;
      isReported: boolean;
    }
  >();

  public constructor(
    private readonly logs: Logs,
    private readonly options: CheckOptions,
    private readonly report: Report,
    private readonly replicas: Replicas,
  ) {}

  public take(event: HistoryEvent): void {
    if (event.type === 'publish-acknowledged') {
      const { channel, origin, epoch, seqs = [], t } = event;
      if (epoch === undefined) return;
      const list = this.acknowledged.get(`${channel}#${origin}`) ?? [];
      this.acknowledged.set(`${channel}#${origin}`, list);
      for (const seq of seqs) list.push({ t, epoch, seq });
    } else if (event.type === 'judged') {
      this.checkVerdict(event);
      this.checkProgress(event);
    }
  }

  /** A cursor at the end of an epoch ignores everything that is still written to it, so the epoch must have expired. */
  private checkEnd({ subscriber, channel, region, from, to, t }: Judged): void {
    const { epoch, seq } = to[region] ?? START;
    if (seq !== EPOCH_END || from[region]?.seq === EPOCH_END) return;
    const places = this.logs.between(channel, region, { epoch, seq: 0 }, { epoch, seq });
    const live = places.findLast(
      ({ t: storedAt, expires }) => storedAt < t && expires > t + (this.options.clockTolerance ?? 0),
    );
    if (live !== undefined)
      this.report(
        'false-verdict',
        t,
        `${subscriber} ${channel}: the end of ${epoch}, though ${describe(live)} is there`,
      );
  }

  /**
   * A client must not get the same verdict for ever. `expired` and `reset` move its cursor at once; `pending` ends when what is
   * missing has replicated.
   */
  private checkProgress({ subscriber, channel, verdict, from, askedAt, t }: Judged): void {
    const name = `${subscriber} ${channel}`;
    const before = this.stuck.get(name);
    if (verdict === 'complete' || before?.verdict !== verdict || !isEqual(before.from, from)) {
      this.stuck.set(name, { verdict, from, since: t, answeredAt: t, count: 1, isReported: false });
      return;
    }
    // A request that was under way when the last answer came could not use it.
    if (askedAt > before.answeredAt) Object.assign(before, { count: before.count + 1, answeredAt: t });
    const { pendingLimit = Number.POSITIVE_INFINITY } = this.options;
    const isStuck = verdict === 'pending' ? askedAt - before.since > pendingLimit : before.count > MAX_REPEATED;
    if (before.isReported || !isStuck) return;
    before.isReported = true;
    const seconds = ((t - before.since) / 1000).toFixed(0);
    this.report('stuck-verdict', t, `${name}: ${verdict} for ${seconds} s, and the cursor stays`);
  }

  /** The next message of another region must not have reached the region that answers `complete` without it. */
  private checkReplica({ channel, region, to, askedAt, t }: Judged, origin: string, what: string): void {
    const after = to[origin] ?? START;
    const [next] = this.logs.between(channel, origin, after);
    if (next === undefined || next.expires <= t + (this.options.clockTolerance ?? 0)) return;
    if (this.replicas.at(channel, { origin, region, place: next }) >= askedAt) return;
    const place = `${describe(next)} of ${origin}`;
    this.report('false-verdict', t, `${what} at ${describe(after)}, without ${place}, which had replicated`);
  }

  private checkVerdict(event: Judged): void {
    const { subscriber, channel, region, from, to, verdict, askedAt, more, t } = event;
    this.checkEnd(event);
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
      // A cursor behind which messages were removed may be told so, but not that nothing is missing.
      const held = this.logs.at(channel, origin, before);
      if (held?.removedAt !== undefined && held.removedAt < askedAt && origin === region)
        this.report('false-verdict', t, `${what}, but ${describe(held)} was removed`);
      // Expired messages can't be in the answer.
      const gone = this.logs
        .between(channel, origin, before, { ...after, seq: after.seq + 1 })
        .find(({ expires }) => expires + (this.options.clockTolerance ?? 0) < askedAt);
      if (gone !== undefined) this.report('false-verdict', t, `${what}, without ${describe(gone)}, which is gone`);
      if (more) continue;
      if (origin !== region) this.checkReplica(event, origin, what);
      // For the log of the region that answered, the answer covers everything that was acknowledged before the request.
      if (origin !== region) continue;
      for (const place of this.acknowledged.get(`${channel}#${origin}`) ?? []) {
        const isThere = (this.logs.at(channel, origin, place)?.expires ?? 0) > t + (this.options.clockTolerance ?? 0);
        if (isThere && place.t < askedAt && comparePlaces(place, after) > 0) {
          this.report('false-verdict', t, `${what} at ${describe(after)}, without ${describe(place)} of ${origin}`);
        }
      }
    }
  }
}

function isEqual(one: Cursor, other: Cursor): boolean {
  const origins = Object.keys({ ...one, ...other });
  return origins.every((origin) => comparePlaces(one[origin] ?? START, other[origin] ?? START) === 0);
}
