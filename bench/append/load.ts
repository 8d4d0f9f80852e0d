// Who publishes, when and where: as fast as answers come, or at a rate.
import { RealtimeError } from '../../protocol';
import { Random } from '../../test/simulation/random';
import type { Acknowledged } from './verify';
import type { BenchMessage, Writer } from './writer';

/** With what else an entry carries, its row is a little under 1 KB: one write unit. */
const DATA = 'x'.repeat(700);

/** Time as it is, or as a simulation has it. */
export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Publishes, and remembers what became of it. */
export class Publisher {
  public readonly acknowledged: Acknowledged[] = [];
  public readonly refused: string[] = [];
  /** Milliseconds from wanting to publish to the acknowledgement. */
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

  /** Forgets times and refusals, not messages: what was published to warm up has to be in the log, too. */
  public begin(): void {
    this.latencies.length = 0;
    this.refusals = 0;
  }

  private message(): BenchMessage {
    return { id: `m-${String(++this.published).padStart(34, '0')}`, data: DATA };
  }
}

/** Publishes once from everywhere to open the logs, then on and on, until the time is over. */
export interface Load {
  readonly warmUp: (publisher: Publisher, writers: readonly Writer[]) => Promise<void>;
  readonly run: (publisher: Publisher, writers: readonly Writer[], ms: number) => Promise<void>;
}

const HOT = channel(0);

/** Every function publishes to one channel, again as soon as it has an answer. */
export const hot: Load = {
  warmUp: async (publisher, writers) => {
    for (const writer of writers) await publisher.publish(writer, HOT);
  },
  run: (publisher, writers, ms) => incessantly(publisher, writers, ms, () => HOT),
};

/**
 * Every function publishes to many channels in turn or by chance, again as soon as it has an answer.
 *
 * @param how `own`: to channels that no other publishes to; `any`: to any of them
 */
export function many(channels: number, how: 'own' | 'any'): Load {
  const random = new Random(1);
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
      incessantly(publisher, writers, ms, (writer, turn) =>
        how === 'own' ? ownOf(writer, writers.length, turn) : channel(random.integer(0, channels - 1)),
      ),
  };
}

/** Publishes to one channel come by chance, so many a second on average; each is taken by any function that is idle. */
export function atRate(perSecond: number): Load {
  const random = new Random(perSecond);
  return {
    warmUp: hot.warmUp,
    run: async (publisher, writers, ms) => {
      const { clock } = publisher;
      const started = clock.now();
      const idle = [...writers];
      const line: number[] = [];
      const going = new Set<Promise<void>>();
      const take = (wanted: number): void => {
        const [writer] = idle.splice(random.integer(0, idle.length - 1), 1);
        if (writer === undefined) {
          line.push(wanted);
          return;
        }
        const publish = publisher.publish(writer, HOT, wanted).then(() => {
          idle.push(writer);
          going.delete(publish);
          const next = line.shift();
          if (next !== undefined) take(next);
        });
        going.add(publish);
      };
      for (let at = started; at < started + ms; at += (-Math.log(1 - random.next()) * 1000) / perSecond) {
        const wait = at - clock.now();
        if (wait > 0) await clock.sleep(wait);
        take(at);
      }
      while (going.size > 0) await Promise.all(going);
    },
  };
}

async function incessantly(
  publisher: Publisher,
  writers: readonly Writer[],
  ms: number,
  to: (writer: number, turn: number) => string,
): Promise<void> {
  const { clock } = publisher;
  const end = clock.now() + ms;
  await Promise.all(
    writers.map(async (writer, i) => {
      for (let turn = 0; clock.now() < end; turn++) await publisher.publish(writer, to(i, turn));
    }),
  );
}

function channel(number: number): string {
  return `bench:${String(number).padStart(4, '0')}`;
}
