// Loads: which writer publishes when to which channel.
import { RealtimeError } from '../../protocol';
import { seededRandom } from '../../local/support/random';
import type { Acknowledged } from './verify';
import type { BenchMessage, Writer } from './writer';

/** Sized so that the row of an entry is a little under 1 KB: one write unit. */
const DATA = 'x'.repeat(700);

/** Real or simulated time. */
export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Publishes, and records the outcome of each publish. */
export class Publisher {
  public readonly acknowledged: Acknowledged[] = [];
  public readonly refused: string[] = [];
  /** From the intended time of the publish to the acknowledgement. Milliseconds. */
  public readonly latencies: number[] = [];
  /** Publishes that were refused. */
  public refusals = 0;
  private published = 0;

  public constructor(
    private readonly messagesEach: number,
    public readonly clock: Clock,
  ) {}

  public async publish(writer: Writer, channel: string, wanted = this.clock.now()): Promise<void> {
    const messages = Array.from({ length: this.messagesEach }, () => this.message());
    const ids = messages.map(({ id }) => id);
    try {
      const seq = await writer(channel, messages);
      this.acknowledged.push({ channel, seq, ids });
      this.latencies.push(this.clock.now() - wanted);
    } catch (error) {
      if (!(error instanceof RealtimeError) || error.error !== 'append_contended') throw error;
      this.refused.push(...ids);
      this.refusals += 1;
    }
  }

  /** Clears times and refusals. Messages of the warm-up stay, because they must be in the log too. */
  public begin(): void {
    this.latencies.length = 0;
    this.refusals = 0;
  }

  private message(): BenchMessage {
    return { id: `m-${String(++this.published).padStart(34, '0')}`, data: DATA };
  }
}

/** A load. */
export interface Load {
  /** Publishes once from every writer, which opens the logs. */
  readonly warmUp: (publisher: Publisher, writers: readonly Writer[]) => Promise<void>;
  /** Publishes until the time is over. */
  readonly run: (publisher: Publisher, writers: readonly Writer[], ms: number) => Promise<void>;
}

const HOT = channel(0);

/** Every writer publishes to one channel, and again as soon as it has an answer. */
export const hot: Load = {
  warmUp: async (publisher, writers) => {
    for (const writer of writers) await publisher.publish(writer, HOT);
  },
  run: (publisher, writers, ms) => publishUntil({ publisher, writers, ms, channelOf: () => HOT }),
};

/**
 * Every writer publishes to many channels, and again as soon as it has an answer.
 *
 * @param how `own`: in turn to channels that no other writer publishes to; `any`: to a random one of all channels
 */
export function many(channels: number, how: 'own' | 'any'): Load {
  const random = seededRandom(1, 'channels');
  const ownOf = (writer: number, writers: number, turn: number): string =>
    channel(writer + writers * (turn % Math.max(1, Math.floor((channels - 1 - writer) / writers) + 1)));
  return {
    warmUp: async (publisher, writers) => {
      await Promise.all(
        writers.map(async (writer, i) => {
          for (let to = i; to < channels; to += writers.length) await publisher.publish(writer, channel(to));
        }),
      );
    },
    run: (publisher, writers, ms) =>
      publishUntil({
        publisher,
        writers,
        ms,
        channelOf: (writer, turn) =>
          how === 'own' ? ownOf(writer, writers.length, turn) : channel(Math.floor(random() * channels)),
      }),
  };
}

/** Publishes to one channel arrive at random (a Poisson process) with an average rate. A random idle writer takes each. */
export function atRate(perSecond: number): Load {
  const random = seededRandom(perSecond, 'arrivals');
  return {
    warmUp: hot.warmUp,
    run: async (publisher, writers, ms) => {
      const { clock } = publisher;
      const started = clock.now();
      const idle = [...writers];
      const waiting: number[] = [];
      const pending = new Set<Promise<void>>();
      const take = (wanted: number): void => {
        const [writer] = idle.splice(Math.floor(random() * idle.length), 1);
        if (writer === undefined) {
          waiting.push(wanted);
          return;
        }
        const publish = publisher.publish(writer, HOT, wanted).then(() => {
          idle.push(writer);
          pending.delete(publish);
          const next = waiting.shift();
          if (next !== undefined) take(next);
        });
        pending.add(publish);
      };
      for (let at = started; at < started + ms; at += (-Math.log(1 - random()) * 1000) / perSecond) {
        const wait = at - clock.now();
        if (wait > 0) await clock.sleep(wait);
        take(at);
      }
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

interface Publishing {
  readonly publisher: Publisher;
  readonly writers: readonly Writer[];
  readonly ms: number;
  /** The channel of a writer's turn. */
  readonly channelOf: (writer: number, turn: number) => string;
}

async function publishUntil({ publisher, writers, ms, channelOf }: Publishing): Promise<void> {
  const { clock } = publisher;
  const end = clock.now() + ms;
  await Promise.all(
    writers.map(async (writer, i) => {
      for (let turn = 0; clock.now() < end; turn++) await publisher.publish(writer, channelOf(i, turn));
    }),
  );
}

function channel(number: number): string {
  return `bench:${String(number).padStart(4, '0')}`;
}
