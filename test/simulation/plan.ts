// What one schedule is made of, all drawn from its seed.
import type { Ordering } from '../../lib/contract/namespaces-variable';
import type { ShardSizes } from '../../lambda/core/fanout/shards';
import { type Fault, FAULTS } from './faults';
import { Random } from './random';

export interface Plan {
  readonly seed: number;
  readonly regions: readonly string[];
  readonly channels: readonly string[];
  readonly subscribers: number;
  readonly publishers: number;
  /** Servers that publish by HTTP, with a key for each publish. */
  readonly servers: number;
  /** Messages that each publisher publishes. */
  readonly messages: number;
  /** Length of the time in which things go wrong. Milliseconds. */
  readonly storm: number;
  /** Milliseconds. */
  readonly retention: number;
  /** How publishes get into the log. */
  readonly ordering: Ordering;
  /** Publishes come at the beginning and at the end only: logs fall silent, and expire whole. */
  readonly quiet: boolean;
  /** Nothing goes wrong that could hold a message up: then every one has to be quick. */
  readonly clear: boolean;
  /** All of a region leave a channel, and come back at the moment in which the region finds that nobody is left. */
  readonly flickers: boolean;
  /** Subscribers above which a channel is left to workers: so few that schedules have such channels. */
  readonly inlineLimit: number;
  /** When another shard is opened, and how many newcomers count. */
  readonly shardSizes: ShardSizes;
  /** How long a token is good for. Milliseconds. */
  readonly tokenLife: number;
  /** Probability of each fault on each occasion. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>;
}

/** Probabilities at which a system still gets something done. */
const RATES: Readonly<Record<Fault, readonly [low: number, high: number]>> = {
  'table-throttled': [0.002, 0.05],
  'table-failed-before-write': [0.002, 0.03],
  'table-answer-lost': [0.002, 0.05],
  'table-slow': [0.002, 0.05],
  'table-out': [0.00002, 0.0005],
  'replica-delayed': [0.05, 0.5],
  'replica-reordered': [0.05, 0.5],
  'replica-paused': [0.002, 0.02],
  'ttl-late': [0, 0.5],
  'post-throttled': [0.005, 0.2],
  'post-failed': [0.002, 0.1],
  'post-answer-lost': [0.002, 0.1],
  'post-twice': [0.002, 0.1],
  'post-slow': [0.002, 0.05],
  'post-to-gone': [0, 0],
  'post-gone-though-alive': [0.0005, 0.01],
  'disconnect-lost': [0.05, 0.8],
  'idle-closed': [0, 0],
  'two-hours-closed': [0, 0],
  'function-cold': [0, 0],
  'function-crashed-before': [0.0005, 0.02],
  'function-crashed-after': [0.0005, 0.02],
  'function-timed-out': [0.001, 0.03],
  'function-throttled': [0.001, 0.03],
  'function-clock-skewed': [0.05, 0.5],
  'queue-failed': [0.002, 0.1],
  'queue-answer-lost': [0.002, 0.1],
  'queue-slow': [0.005, 0.2],
  'queue-delivered-twice': [0.005, 0.2],
  'peer-send-failed': [0.002, 0.1],
  'peer-send-lost': [0.002, 0.1],
  'peer-slow': [0.005, 0.3],
  'peer-delivered-twice': [0.005, 0.3],
  'peer-dead-letter': [0, 0],
  'pair-cut': [0.001, 0.03],
  'region-down': [0.01, 0.15],
  'region-drained': [0.01, 0.15],
  'connection-reset': [0.005, 0.1],
  'connection-half-open': [0.002, 0.05],
  'network-slow': [0.002, 0.05],
  'network-partitioned': [0.02, 0.3],
  'client-reloaded': [0.005, 0.1],
  'client-away': [0.002, 0.03],
  'client-moved': [0.01, 0.2],
  'client-clock-skewed': [0.1, 0.5],
  'token-refused': [0.05, 0.5],
};

/** What may go wrong in clear weather: nothing of it holds up a message, within its region or on its way to another. */
const HARMLESS: readonly Fault[] = [
  'replica-delayed',
  'replica-reordered',
  'ttl-late',
  'disconnect-lost',
  'client-clock-skewed',
];

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-south-1'];

const HOUR = 3_600_000;

/** What a schedule does without, to be smaller: for shrinking one that fails. */
export interface Reduction {
  readonly faults: readonly Fault[];
  /** Applications, messages and length are multiplied by it. */
  readonly scale: number;
}

export const WHOLE: Reduction = { faults: [], scale: 1 };

export function planOf(seed: number, { faults: leaveOut, scale }: Reduction = WHOLE): Plan {
  const random = new Random(seed);
  const several = random.chance(0.4);
  // A tenth of the schedules is so long that logs expire and tokens and connections end.
  const long = random.chance(0.1);
  const clear = !long && random.chance(several ? 0.2 : 0.1);
  // Each schedule has some faults and not others: a few that are frequent find more than all at once.
  const rates = Object.fromEntries(
    FAULTS.map((fault) => {
      const [low, high] = RATES[fault];
      const rate = random.chance(0.5) ? low + (high - low) * random.next() ** 2 : 0;
      return [fault, leaveOut.includes(fault) || (clear && !HARMLESS.includes(fault)) ? 0 : rate];
    }),
  );
  const regions = REGIONS.slice(0, several ? random.integer(2, 3) : 1);
  // Where the table lags, it takes too long to tell who got what late.
  const flickers = clear && several && (rates['replica-delayed'] ?? 0) === 0;
  return {
    seed,
    regions,
    flickers,
    channels: Array.from({ length: random.integer(1, 3) }, (_, i) => `chat:room.${i}`),
    subscribers: Math.max(2, Math.round(scale * (flickers ? random.integer(3, 6) : random.integer(4, 16)))),
    publishers: random.integer(1, 4),
    servers: random.integer(0, 2),
    messages: Math.ceil(scale * (long ? random.integer(20, 60) : random.integer(40, 120))),
    storm: scale * (long ? random.between(1, 5) * HOUR : random.between(60_000, 240_000)),
    clear,
    retention: random.chance(0.3) ? 60_000 : HOUR,
    tokenLife: random.chance(0.3) ? random.between(60_000, 600_000) : 24 * HOUR,
    rates,
    ordering: random.chance(0.25) ? 'fifo' : 'direct',
    quiet: long && random.chance(0.5),
    ...(random.chance(0.5)
      ? {
          inlineLimit: random.integer(0, 4),
          shardSizes: { target: random.integer(1, 4), sample: random.integer(1, 2) },
        }
      : { inlineLimit: 300, shardSizes: { target: 600, sample: 32 } }),
  };
}
