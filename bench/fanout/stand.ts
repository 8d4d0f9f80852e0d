// A contender with its audience: how many listen, what goes wrong with some of them, and what a publish to them comes to.
import type { CallbackFault } from '../../local/services/apigateway';
import type { Publication } from '../rig/audience-messages';
import type { Rig, Usage } from '../rig/cloud';
import type { Contender } from '../rig/contender';
import { type Received, type Seat, textOf } from '../rig/recorder';

/** What is measured. */
export interface Setting {
  readonly subscribers: number;
  /** Of a message's text. */
  readonly bytes: number;
  /** How long a post takes. Milliseconds. */
  readonly callback: number;
  /** What befalls one subscriber of a hundred: its connection is gone (410), or a post to it is never answered. */
  readonly fault?: Extract<CallbackFault, 'gone' | 'stuck'>;
}

/** What it came to. */
export interface Cell extends Setting {
  readonly contender: string;
  readonly publishes: number;
  readonly received: Received;
  readonly usage: Usage;
  /** Functions had not ended long after the last delivery. */
  readonly hangs: boolean;
}

/**
 * After so long without a frame, what is missing is lost: longer than the SDK's clients need to sign ten thousand posts, before the
 * first of them is answered, and than ours waits for a stuck connection. Milliseconds.
 */
const PATIENCE = 15_000;
/** So many publishes, or so many deliveries, whichever is less: before it counts, and then. */
const WARM_UP = { publishes: 40, deliveries: 4_000 };
const MEASURED = { publishes: 100, deliveries: 6_000 };
/** With many subscribers, at least so many: ours has many workers then, and each compiles its code as it runs. */
const LEAST = { warmUp: 10, measured: 3 };
/** With a fault: functions of some hang on each, and the local cloud runs only so many at once. */
const FAULTY = 3;
/** See Round. With faults, longer than ours waits for a stuck connection: else it is another instance's turn, which is cold. */
const BETWEEN = 50;
const BETWEEN_FAULTS = 4_000;
const PUBLISHER: Seat = -1;
const SHARE = 100;

export class Stand {
  private seated = 0;
  private messages = 0;
  /** Their connection was gone for one measurement: they are nobody's subscribers any more. */
  private readonly gone = new Set<Seat>();

  public constructor(
    private readonly rig: Rig,
    private readonly contender: Contender,
  ) {}

  /** Lets subscribers in until there are so many, and whoever publishes. */
  public async grow(subscribers: number): Promise<void> {
    this.rig.healLatencies();
    const { contender, rig } = this;
    if (this.seated === 0 && contender.publisher !== undefined)
      await rig.seat(await contender.publisher(rig), [PUBLISHER]);
    const seats = Array.from({ length: subscribers - this.seated }, (_, i) => this.seated + i);
    if (seats.length > 0) await rig.seat(await contender.dial(rig), seats);
    this.seated = Math.max(this.seated, subscribers);
  }

  /** Goes on with another contender that has the same stack: its functions start anew, and everybody stays. */
  public async handOver(contender: Contender): Promise<Stand> {
    await this.rig.restart(contender.stack, contender.environment ?? {});
    const next = new Stand(this.rig, contender);
    next.seated = this.seated;
    next.messages = this.messages;
    for (const seat of this.gone) next.gone.add(seat);
    return next;
  }

  public async leave(): Promise<void> {
    const seats = Array.from({ length: this.seated }, (_, seat) => seat);
    this.rig.healLatencies();
    // Their functions have been measured: nobody needs thousands of goodbyes.
    this.rig.region.services.apigateway.faults.dropDisconnects = true;
    await this.rig.audience.leave([PUBLISHER, ...seats]);
    this.rig.region.services.apigateway.faults.dropDisconnects = false;
  }

  /** A publish goes to all who are seated: settings come with ever more subscribers. */
  public async measure(setting: Setting): Promise<Cell> {
    const { rig, contender } = this;
    await this.grow(setting.subscribers);
    const { fault, callback, subscribers } = setting;
    const meant = fault === undefined ? [] : this.unlucky(fault);
    const ids = rig.connectionIds((await contender.dial(rig)).url);
    const { callbacks } = rig.region.services.apigateway.faults;
    for (const seat of meant) callbacks.set(ids.get(seat) ?? '', fault ?? 'gone');
    rig.emulateLatencies(callback);
    const healthy = Array.from({ length: this.seated }, (_, seat) => seat).filter(
      (seat) => !meant.includes(seat) && !this.gone.has(seat),
    );
    try {
      // What a fault does to the first publish is a part of it: nobody warms up to that.
      if (fault === undefined) await this.publish(setting, healthy, countOf(subscribers, WARM_UP, LEAST.warmUp));
      const publishes = fault === undefined ? countOf(subscribers, MEASURED, LEAST.measured) : FAULTY;
      const { result, usage, hangs } = await rig.using(contender.stack, () =>
        this.publish(setting, healthy, publishes),
      );
      return { ...setting, contender: contender.name, publishes, received: result, usage, hangs };
    } finally {
      rig.healLatencies();
      callbacks.clear();
      if (fault === 'gone') {
        for (const seat of meant) this.gone.add(seat);
        await rig.audience.leave(meant);
      }
    }
  }

  private async publish({ bytes, fault }: Setting, seats: readonly Seat[], count: number): Promise<Received> {
    const { contender, rig } = this;
    const publications = Array.from({ length: count }, (): Publication => {
      this.messages += 1;
      return { message: this.messages, frame: contender.publish(textOf(this.messages, bytes), this.messages) };
    });
    const publishers = [contender.publisher === undefined ? 0 : PUBLISHER];
    const between = fault === undefined ? BETWEEN : BETWEEN_FAULTS;
    return rig.audience.round({ publishers, publications, seats, between, patience: PATIENCE });
  }

  /** One of a hundred, others for each fault; never the first, who may be the publisher. */
  private unlucky(fault: string): readonly Seat[] {
    const first = fault === 'gone' ? SHARE / 4 : (3 * SHARE) / 4;
    return Array.from({ length: Math.floor(this.seated / SHARE) }, (_, i) => first + i * SHARE);
  }
}

function countOf(subscribers: number, most: { publishes: number; deliveries: number }, least: number): number {
  return Math.max(least, Math.min(most.publishes, Math.ceil(most.deliveries / subscribers)));
}
