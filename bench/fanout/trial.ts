// A contender with its audience: the number of subscribers, faults of some of their connections, and the measurements of publishes.
import type { CallbackFault } from '../../local/services/apigateway';
import type { Publication } from '../rig/audience-messages';
import type { Rig, Usage } from '../rig/cloud';
import type { Contender } from '../rig/contender';
import { type Received, type Seat, textOf } from '../rig/recorder';

/** The conditions of a measurement. */
export interface Setting {
  readonly subscribers: number;
  /** Size of the text of a message. */
  readonly bytes: number;
  /** Time of a post to a connection. Milliseconds. */
  readonly callback: number;
  /** Fault of 1 % of the connections: gone (a post is answered with 410), or stuck (a post is never answered). @default - none */
  readonly fault?: Extract<CallbackFault, 'gone' | 'stuck'>;
}

/** The result of a measurement. */
export interface Cell extends Setting {
  readonly contender: string;
  readonly publishes: number;
  readonly received: Received;
  readonly usage: Usage;
  /** Whether functions were still running long after the last delivery. */
  readonly hangs: boolean;
}

/**
 * Time without a frame after which missing messages are lost: longer than SDK clients need to sign ten thousand posts before the
 * first answer, and longer than our backend waits for a stuck connection. Milliseconds.
 */
const LOST_AFTER = 15_000;
/** Number of publishes, limited by the number of deliveries, in the warm-up and in the measurement. */
const WARM_UP = { publishes: 40, deliveries: 4_000 };
const MEASURED = { publishes: 100, deliveries: 6_000 };
/** Minimum number of publishes: with many subscribers our backend has many workers, and each compiles its code while it runs. */
const MIN_PUBLISHES = { warmUp: 10, measured: 3 };
/** Publishes with a fault: functions of some contenders hang on each, and the local cloud limits concurrent instances. */
const PUBLISHES_WITH_FAULT = 3;
/** Pause between publishes. Milliseconds. */
const BETWEEN = 50;
/** With faults, longer than our backend waits for a stuck connection. Otherwise another instance, a cold one, takes the next publish. */
const BETWEEN_FAULTS = 4_000;
const PUBLISHER: Seat = -1;
/** One connection of this many has the fault. */
const FAULT_EVERY = 100;

export class Trial {
  private seated = 0;
  private messages = 0;
  /** Seats whose connection was gone in an earlier measurement: they are not subscribed any more. */
  private readonly gone = new Set<Seat>();

  public constructor(
    private readonly rig: Rig,
    private readonly contender: Contender,
  ) {}

  /** Connects subscribers until there are this many, and the publisher. */
  public async grow(subscribers: number): Promise<void> {
    this.rig.healLatencies();
    const { contender, rig } = this;
    if (this.seated === 0 && contender.publisher !== undefined)
      await rig.seat(await contender.publisher(rig), [PUBLISHER]);
    const seats = Array.from({ length: subscribers - this.seated }, (_, i) => this.seated + i);
    if (seats.length > 0) await rig.seat(await contender.dial(rig), seats);
    this.seated = Math.max(this.seated, subscribers);
  }

  /** Continues with another contender that has the same stack: its functions restart, and the audience stays connected. */
  public async handOver(contender: Contender): Promise<Trial> {
    await this.rig.restart(contender.stack, contender.environment ?? {});
    const next = new Trial(this.rig, contender);
    next.seated = this.seated;
    next.messages = this.messages;
    for (const seat of this.gone) next.gone.add(seat);
    return next;
  }

  public async leave(): Promise<void> {
    const seats = Array.from({ length: this.seated }, (_, seat) => seat);
    this.rig.healLatencies();
    // Without thousands of invocations of $disconnect, which nothing measures.
    this.rig.region.services.apigateway.faults.dropDisconnects = true;
    await this.rig.audience.leave([PUBLISHER, ...seats]);
    this.rig.region.services.apigateway.faults.dropDisconnects = false;
  }

  /** Measures a setting. All connected seats receive a publish, so the number of subscribers must not decrease. */
  public async measure(setting: Setting): Promise<Cell> {
    const { rig, contender } = this;
    await this.grow(setting.subscribers);
    const { fault, callback, subscribers } = setting;
    const faulty = fault === undefined ? [] : this.faultySeats(fault);
    const ids = rig.connectionIds((await contender.dial(rig)).url);
    const { callbacks } = rig.region.services.apigateway.faults;
    for (const seat of faulty) callbacks.set(ids.get(seat) ?? '', fault ?? 'gone');
    rig.emulateLatencies(callback);
    const healthy = Array.from({ length: this.seated }, (_, seat) => seat).filter(
      (seat) => !faulty.includes(seat) && !this.gone.has(seat),
    );
    try {
      // The effect of a fault on the first publish is part of the measurement, so there is no warm-up.
      if (fault === undefined)
        await this.publish(setting, healthy, countOf(subscribers, WARM_UP, MIN_PUBLISHES.warmUp));
      const publishes =
        fault === undefined ? countOf(subscribers, MEASURED, MIN_PUBLISHES.measured) : PUBLISHES_WITH_FAULT;
      const { result, usage, hangs } = await rig.using(contender.stack, () =>
        this.publish(setting, healthy, publishes),
      );
      return { ...setting, contender: contender.name, publishes, received: result, usage, hangs };
    } finally {
      rig.healLatencies();
      callbacks.clear();
      if (fault === 'gone') {
        for (const seat of faulty) this.gone.add(seat);
        await rig.audience.leave(faulty);
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
    return rig.audience.round({ publishers, publications, seats, between, lostAfter: LOST_AFTER });
  }

  /** 1 % of the seats, others for each fault; never the first seat, which may publish. */
  private faultySeats(fault: string): readonly Seat[] {
    const first = fault === 'gone' ? FAULT_EVERY / 4 : (3 * FAULT_EVERY) / 4;
    return Array.from({ length: Math.floor(this.seated / FAULT_EVERY) }, (_, i) => first + i * FAULT_EVERY);
  }
}

function countOf(subscribers: number, limits: { publishes: number; deliveries: number }, min: number): number {
  return Math.max(min, Math.min(limits.publishes, Math.ceil(limits.deliveries / subscribers)));
}
