// The parameters of one schedule, drawn from its seed.
import type { Ordering } from '../../lib/contract/namespaces-variable';
import type { ShardSizes } from '../../lambda/core/fanout/shards';
import { type Fault, FAULTS } from './faults';
import type { MonthsPlan } from './months-plan';
import { Random } from './random';

export interface Plan {
  readonly seed: number;
  readonly regions: readonly string[];
  readonly channels: readonly string[];
  readonly subscribers: number;
  readonly publishers: number;
  /** Servers that publish by HTTP, each publish with an idempotency key. */
  readonly servers: number;
  /** Messages of each publisher. */
  readonly messages: number;
  /** Duration of the phase in which clients act and faults are injected. Milliseconds. */
  readonly activeDuration: number;
  /** Retention of the logs. Milliseconds. */
  readonly retention: number;
  readonly ordering: Ordering;
  /** Whether publishes are limited to the start and the end of the active phase, so that whole logs expire between them. */
  readonly hasIdlePeriod: boolean;
  /** Whether only faults are injected that don't delay a delivery. The checker then applies the low-latency limits. */
  readonly isLowLatency: boolean;
  /** Whether all subscribers of a region leave a channel, and one returns just when the region withdraws its interest. */
  readonly hasSubscriptionChurn: boolean;
  /** Subscribers above which fan-out workers post a channel's messages. Often low, so that schedules have such channels. */
  readonly inlineLimit: number;
  /** Subscribers of a shard, and the sampling of new subscribers that counts them. */
  readonly shardSizes: ShardSizes;
  /** How long before its connection began a client without the right to history may resume. Milliseconds. */
  readonly resumeWindow: number;
  /** Milliseconds. */
  readonly tokenLifetime: number;
  /** What happens over weeks. @default - the schedule is one phase of continuous traffic */
  readonly months?: MonthsPlan;
  /** Probability of each fault at each occasion. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>;
}

/** Ranges of the probabilities. At the highest, the system still makes progress. Those of 0 follow from the state of a schedule. */
const RATE_RANGES: Readonly<Record<Fault, readonly [low: number, high: number]>> = {
  'table-throttled': [0.002, 0.05],
  'table-failed-before-write': [0.002, 0.03],
  'table-answer-lost': [0.002, 0.05],
  'table-slow': [0.002, 0.05],
  'table-outage': [0.00002, 0.0005],
  'replica-delayed': [0.05, 0.5],
  'replica-reordered': [0.05, 0.5],
  'replica-paused': [0.002, 0.02],
  'ttl-late': [0, 0.5],
  'ttl-delete-replicated': [0, 0],
  'ttl-delete-of-rewritten-row': [0.2, 1],
  'partition-throttled': [0.0005, 0.005],
  'batch-write-partial': [0.05, 0.5],
  'post-throttled': [0.005, 0.2],
  'account-posts-throttled': [0.0002, 0.002],
  'post-failed': [0.002, 0.1],
  'post-answer-lost': [0.002, 0.1],
  'post-delivered-twice': [0.002, 0.1],
  'post-slow': [0.002, 0.05],
  'post-to-closed-connection': [0, 0],
  'post-false-gone': [0.0005, 0.01],
  'disconnect-lost': [0.05, 0.8],
  'connection-idle-closed': [0, 0],
  'connection-limit-closed': [0, 0],
  'function-cold': [0, 0],
  'function-crashed-before': [0.0005, 0.02],
  'function-crashed-after': [0.0005, 0.02],
  'function-timed-out': [0.001, 0.03],
  'function-throttled': [0.001, 0.03],
  'account-functions-throttled': [0.0002, 0.002],
  'function-frozen': [1, 1],
  'function-connections-lost': [0.01, 0.2],
  'function-clock-skewed': [0.05, 0.5],
  'queue-failed': [0.002, 0.1],
  'queue-answer-lost': [0.002, 0.1],
  'queue-batch-partial': [0.02, 0.3],
  'queue-slow': [0.005, 0.2],
  'queue-delivered-twice': [0.005, 0.2],
  'peer-send-failed': [0.002, 0.1],
  'peer-send-lost': [0.002, 0.1],
  'peer-slow': [0.005, 0.3],
  'peer-delivered-twice': [0.005, 0.3],
  'peer-dead-letter': [0, 0],
  'pair-cut': [0.001, 0.03],
  'regions-cut': [0.01, 0.15],
  'region-down': [0.01, 0.15],
  'region-drained': [0.01, 0.15],
  'connection-reset': [0.005, 0.1],
  'connection-half-open': [0.002, 0.05],
  'network-slow': [0.002, 0.05],
  'connect-timed-out': [0.02, 0.3],
  'connect-refused': [0.02, 0.3],
  'client-reloaded': [0.005, 0.1],
  'client-offline': [0.002, 0.03],
  'client-changed-region': [0.01, 0.2],
  'client-clock-skewed': [0.1, 0.5],
  'token-refused': [0.05, 0.5],
  'caller-gave-up': [0.05, 0.8],
  'client-restricted': [0.05, 0.4],
  'client-rewound': [0.05, 0.4],
  'client-hostile': [0.2, 1],
  'retention-changed': [0, 0],
  'ordering-changed': [0, 0],
  'region-added': [0, 0],
  'region-removed': [0, 0],
  'function-outdated': [0, 0],
  'header-expired': [0, 0],
  'tables-restored': [0, 0],
  'replica-rebuilt': [0, 0],
  'newest-entry-deleted': [0, 0],
  'client-away': [0, 0],
};

/** Faults of low-latency schedules: none of them delays a delivery, within a region or to another. */
const NON_DELAYING_FAULTS: readonly Fault[] = [
  'replica-delayed',
  'replica-reordered',
  'ttl-late',
  'disconnect-lost',
  'client-clock-skewed',
  'client-restricted',
  'client-rewound',
  'client-hostile',
];

/** Regions of the networks: a network has the first of them. */
export const REGIONS = ['eu-west-1', 'us-east-1', 'ap-south-1'];

const HOUR = 3_600_000;

/** Makes a schedule smaller, to shrink one that fails. */
export interface Reduction {
  /** Faults that are not injected. */
  readonly faults: readonly Fault[];
  /** Factor of the numbers of subscribers and messages, and of the duration. */
  readonly scale: number;
}

export const NO_REDUCTION: Reduction = { faults: [], scale: 1 };

/** Each schedule has about half of the faults: a few frequent faults find more bugs than all at once. */
export function drawRates(random: Random, isExcluded: (fault: Fault) => boolean): Plan['rates'] {
  return Object.fromEntries(
    FAULTS.map((fault) => {
      const [low, high] = RATE_RANGES[fault];
      const rate = random.chance(0.5) ? low + (high - low) * random.next() ** 2 : 0;
      return [fault, isExcluded(fault) ? 0 : rate];
    }),
  );
}

export function planOf(seed: number, { faults: excluded, scale }: Reduction): Plan {
  const random = new Random(seed);
  const isMultiRegion = random.chance(0.4);
  // One schedule in ten lasts until logs, tokens and connections expire.
  const isLong = random.chance(0.1);
  const clear = !isLong && random.chance(isMultiRegion ? 0.2 : 0.1);
  const rates = drawRates(
    random,
    (fault) => excluded.includes(fault) || (clear && !NON_DELAYING_FAULTS.includes(fault)),
  );
  const regions = REGIONS.slice(0, isMultiRegion ? random.integer(2, 3) : 1);
  // With delayed replicas, the limits of a late delivery are too long to detect a message that churn has delayed.
  const flickers = clear && isMultiRegion && (rates['replica-delayed'] ?? 0) === 0;
  return {
    seed,
    regions,
    hasSubscriptionChurn: flickers,
    channels: Array.from({ length: random.integer(1, 3) }, (_, i) => `chat:room.${i}`),
    subscribers: Math.max(2, Math.round(scale * (flickers ? random.integer(3, 6) : random.integer(4, 16)))),
    publishers: random.integer(1, 4),
    servers: random.integer(0, 2),
    messages: Math.ceil(scale * (isLong ? random.integer(20, 60) : random.integer(40, 120))),
    activeDuration: scale * (isLong ? random.between(1, 5) * HOUR : random.between(60_000, 240_000)),
    isLowLatency: clear,
    retention: random.chance(0.3) ? 60_000 : HOUR,
    tokenLifetime: random.chance(0.3) ? random.between(60_000, 600_000) : 24 * HOUR,
    rates,
    ordering: random.chance(0.25) ? 'fifo' : 'direct',
    hasIdlePeriod: isLong && random.chance(0.5),
    ...(random.chance(0.5)
      ? {
          inlineLimit: random.integer(0, 4),
          shardSizes: { target: random.integer(1, 4), sample: random.integer(1, 2) },
        }
      : { inlineLimit: 300, shardSizes: { target: 600, sample: 32 } }),
    resumeWindow: random.chance(0.5) ? 10_000 : 120_000,
  };
}
